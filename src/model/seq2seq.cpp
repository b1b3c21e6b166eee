#include "regard/model/seq2seq.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

Seq2SeqImpl::Seq2SeqImpl(const ModelOptions& options, std::int64_t source_vocabulary,
                         std::int64_t target_vocabulary)
    : NetworkImpl(options),
      source_vocabulary_(source_vocabulary),
      target_vocabulary_(target_vocabulary),
      encoder_(options, source_vocabulary) {
  TORCH_CHECK(options.encoder && options.decoder, "the model options are not expanded");
  register_module("encoder", encoder_);
  const Tensor tied = options.tie == Tie::all ? encoder_->embedding_table() : Tensor();
  decoder_ = register_module("decoder",
                             make_decoder({options, target_vocabulary, encoder_->width(), tied}));
  if (options.tie == Tie::none) {
    output_ =
        register_module("output", Linear(LinearOptions{options.dim, target_vocabulary, false}));
    output_weight_ = output_->weight;
  } else {
    output_weight_ = decoder_->embedding_table();
  }
  if (options.output_bias)
    output_bias_ = register_parameter("output_bias", torch::zeros({target_vocabulary}));
}

EncoderOutput Seq2SeqImpl::encode(const Sequences& source, const ForwardContext& context,
                                  std::vector<AttentionRecord>* records) {
  return encoder_->forward(source, context, records);
}

Tensor Seq2SeqImpl::decode(const Sequences& target, const EncoderOutput& source,
                           const ForwardContext& context, std::vector<AttentionRecord>* records) {
  return decoder_->forward(target, source, context, records);
}

Tensor Seq2SeqImpl::logits(const Tensor& hidden) const {
  const Tensor scores = at::linear(hidden, output_weight_);
  // Weights may be used in a shorter type than they are kept in.
  return output_bias_.defined() ? scores + output_bias_.to(scores.scalar_type()) : scores;
}

Seq2Seq make_model(const ModelOptions& options, std::int64_t source_vocabulary,
                   std::int64_t target_vocabulary, std::uint64_t seed) {
  const ModelOptions full = expand(options);
  if (full.tie == Tie::all && source_vocabulary != target_vocabulary) {
    throw UserError(str("model.tie: all requires one vocabulary, but the source has ",
                        source_vocabulary, " pieces and the target ", target_vocabulary),
                    "set vocabulary.shared: true, or model.tie: decoder");
  }
  Seq2Seq model(full, source_vocabulary, target_vocabulary);
  initialise_parameters(*model, seed);
  return model;
}

}  // namespace regard
