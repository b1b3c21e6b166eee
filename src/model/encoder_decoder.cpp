#include <torch/torch.h>

#include "regard/model/block_decoder.h"

namespace regard {

using torch::Tensor;

namespace {

EmbeddingOptions embedding_options(const ModelOptions& options, std::int64_t vocabulary) {
  return {vocabulary,       options.dim,           options.dropout.embedding,
          options.position, options.max_positions, options.scale_embedding};
}

SublayerSizes sublayer_sizes(const ModelOptions& options, std::int64_t source_dim) {
  SublayerSizes sizes;
  sizes.dim = options.dim;
  sizes.source_dim = source_dim;
  sizes.dropout = options.dropout;
  return sizes;
}

}  // namespace

EncoderImpl::EncoderImpl(const ModelOptions& options, std::int64_t vocabulary)
    : embedding_(embedding_options(options, vocabulary)),
      blocks_(options.encoder->blocks, sublayer_sizes(options, 0), "encoder") {
  register_module("embedding", embedding_);
  register_module("blocks", blocks_);
}

EncoderOutput EncoderImpl::forward(const Sequences& source, const ForwardContext& context,
                                   std::vector<AttentionRecord>* records) {
  const SequenceMask mask = make_sequence_mask(source.lengths, source.ids.size(1));
  const BlockInput input{context, mask, nullptr, nullptr, 0, nullptr, records};
  return {blocks_->forward(embedding_->forward(source.ids, 0, context), input), mask};
}

BlockDecoderImpl::BlockDecoderImpl(const ModelOptions& options, std::int64_t vocabulary,
                                   const Tensor& tied_embedding)
    : embedding_(embedding_options(options, vocabulary), tied_embedding),
      blocks_(options.decoder->blocks, sublayer_sizes(options, options.dim), "decoder") {
  register_module("embedding", embedding_);
  register_module("blocks", blocks_);
}

Tensor BlockDecoderImpl::forward(const Sequences& target, const EncoderOutput& source,
                                 const ForwardContext& context,
                                 std::vector<AttentionRecord>* records) {
  // Targets are padded at their end, which a causal mask hides from every real position already.
  const SequenceMask mask{target.lengths, {}};
  const BlockInput input{context, mask, &source.states, &source.mask, 0, nullptr, records};
  return blocks_->forward(embedding_->forward(target.ids, 0, context), input);
}

DecoderState BlockDecoderImpl::start(const EncoderOutput& source) {
  DecoderState state;
  state.sublayers = blocks_->start(source.states, source.mask);
  return state;
}

Tensor BlockDecoderImpl::step(const Tensor& ids, DecoderState& state,
                              std::vector<AttentionRecord>* records) {
  const ForwardContext context;
  const SequenceMask mask;
  const BlockInput input{context, mask, nullptr, nullptr, state.step, &state.sublayers, records};
  const Tensor embedded = embedding_->forward(ids.unsqueeze(1), state.step, context);
  ++state.step;
  return blocks_->forward(embedded, input).squeeze(1);
}

}  // namespace regard
