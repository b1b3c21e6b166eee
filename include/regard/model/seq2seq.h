#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/layers/embedding.h"
#include "regard/layers/sublayer.h"
#include "regard/model/decoder_state.h"
#include "regard/model/model_options.h"
#include "regard/model/network.h"
#include "regard/tensor/batch.h"
#include "regard/tensor/forward_context.h"

namespace regard {

/// Embeds a source and runs it through the blocks; through several stacks side by side, whose
/// outputs are concatenated, if the options say so.
class EncoderImpl : public torch::nn::Module {
 public:
  EncoderImpl(const ModelOptions& options, std::int64_t vocabulary);
  /// `records`, if given, receives the attention weights of every layer.
  EncoderOutput forward(const Sequences& source, const ForwardContext& context,
                        std::vector<AttentionRecord>* records = nullptr);
  const torch::Tensor& embedding_table() const { return embedding_->weight; }
  /// Width of the states.
  std::int64_t width() const;

 private:
  Embedding embedding_;
  std::vector<BlockStack> branches_;
  bool can_pack_ = false;  // padding can be left out between the attentions
};
TORCH_MODULE(Encoder);

/// Turns an encoded source and the target so far into hidden states, all positions at once
/// (training, scoring) or one step at a time. Both produce the same numbers.
class DecoderImpl : public torch::nn::Module {
 public:
  /// target [rows, positions] starts with the decoder's start id -> hidden [rows, positions, dim];
  /// hidden[t] predicts the token after target[t].
  virtual torch::Tensor forward(const Sequences& target, const EncoderOutput& source,
                                const ForwardContext& context,
                                std::vector<AttentionRecord>* records) = 0;
  /// A state of one row per sentence, before the first token.
  virtual DecoderState start(const EncoderOutput& source) = 0;
  /// Reads one token per row: ids [rows] -> hidden [rows, dim].
  virtual torch::Tensor step(const torch::Tensor& ids, DecoderState& state,
                             std::vector<AttentionRecord>* records) = 0;
  virtual const torch::Tensor& embedding_table() const = 0;
};

/// What a decoder is made from.
struct DecoderSetup {
  const ModelOptions& options;
  std::int64_t vocabulary = 0;
  std::int64_t source_width = 0;  ///< of the encoder's states
  torch::Tensor tied_embedding;   ///< undefined: an embedding table of its own
};

/// The embedding of a model with these options.
EmbeddingOptions embedding_options(const ModelOptions& options, std::int64_t vocabulary);

/// The decoder that the options name.
std::shared_ptr<DecoderImpl> make_decoder(const DecoderSetup& setup);

/// Encoder, decoder and output matrix.
class Seq2SeqImpl : public NetworkImpl {
 public:
  /// `options` in the full form (expand()).
  Seq2SeqImpl(const ModelOptions& options, std::int64_t source_vocabulary,
              std::int64_t target_vocabulary);

  EncoderOutput encode(const Sequences& source, const ForwardContext& context,
                       std::vector<AttentionRecord>* records = nullptr);
  torch::Tensor decode(const Sequences& target, const EncoderOutput& source,
                       const ForwardContext& context,
                       std::vector<AttentionRecord>* records = nullptr);
  DecoderState start(const EncoderOutput& source) { return decoder_->start(source); }
  torch::Tensor step(const torch::Tensor& ids, DecoderState& state,
                     std::vector<AttentionRecord>* records = nullptr) {
    return decoder_->step(ids, state, records);
  }

  /// hidden [..., dim] -> scores of every target token [..., target_vocabulary], before the
  /// softmax.
  torch::Tensor logits(const torch::Tensor& hidden) const;
  /// [target_vocabulary, dim]; the target embedding where tied.
  const torch::Tensor& output_weight() const { return output_weight_; }
  /// [target_vocabulary]; undefined without model.output_bias.
  const torch::Tensor& output_bias() const { return output_bias_; }

  std::int64_t source_vocabulary() const { return source_vocabulary_; }
  std::int64_t target_vocabulary() const { return target_vocabulary_; }

 private:
  std::int64_t source_vocabulary_;
  std::int64_t target_vocabulary_;
  Encoder encoder_;
  std::shared_ptr<DecoderImpl> decoder_;
  Linear output_{nullptr};  // an own matrix, with tie: none
  torch::Tensor output_weight_;
  torch::Tensor output_bias_;
};
TORCH_MODULE(Seq2Seq);

/// Builds and initializes a model. `seed` fixes every weight. Throws UserError when tie: all meets
/// two vocabularies.
Seq2Seq make_model(const ModelOptions& options, std::int64_t source_vocabulary,
                   std::int64_t target_vocabulary, std::uint64_t seed);

}  // namespace regard
