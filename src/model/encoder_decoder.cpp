#include <algorithm>

#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/model/block_decoder.h"
#include "regard/model/rnn_decoder.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

EmbeddingOptions embedding_options(const ModelOptions& options, std::int64_t vocabulary) {
  return {vocabulary,       options.dim,           options.dropout.embedding,
          options.position, options.max_positions, options.scale_embedding};
}

namespace {

SublayerSizes sublayer_sizes(const ModelOptions& options, std::int64_t source_width) {
  SublayerSizes sizes;
  sizes.widths = {options.dim, source_width};
  sizes.norm_epsilon = options.norm_epsilon;
  sizes.dropout = options.dropout;
  return sizes;
}

/// The mean over the real tokens: [batch, width].
Tensor mean_state(const EncoderOutput& encoded) {
  if (!encoded.mask.allowed.defined()) return encoded.states.mean(1);
  const Tensor is_real = encoded.mask.allowed.squeeze(1).transpose(1, 2);  // [B, positions, 1]
  const Tensor sum = encoded.states.masked_fill(is_real.logical_not(), 0.0).sum(1);
  return sum / encoded.mask.lengths.clamp_min(1).unsqueeze(1).to(sum.scalar_type());
}

/// Whether all but attention looks at each token by itself, so that padding can be left out.
bool treats_tokens_alike(const BlocksOptions& blocks) {
  return std::all_of(
      blocks.sublayers.begin(), blocks.sublayers.end(),
      [](const SublayerOptions& sublayer) { return kind_of(sublayer).is_token_wise(sublayer); });
}

}  // namespace

EncoderImpl::EncoderImpl(const ModelOptions& options, std::int64_t vocabulary)
    : embedding_(embedding_options(options, vocabulary)) {
  register_module("embedding", embedding_);
  const SublayerSizes sizes = sublayer_sizes(options, 0);
  const std::vector<BlocksOptions> branches = branches_of(*options.encoder);
  can_pack_ = std::all_of(branches.begin(), branches.end(), treats_tokens_alike);
  for (std::size_t i = 0; i < branches.size(); ++i) {
    const bool is_only = branches.size() == 1;
    const std::string name = is_only ? "encoder" : str("encoder.branch_", i);
    branches_.push_back(register_module(is_only ? "blocks" : str("branch_", i),
                                        BlockStack(branches[i], sizes, name)));
  }
}

std::int64_t EncoderImpl::width() const {
  std::int64_t width = 0;
  for (const BlockStack& branch : branches_)
    width += branch->width();
  return width;
}

EncoderOutput EncoderImpl::forward(const Sequences& source, const ForwardContext& context,
                                   std::vector<AttentionRecord>* records) {
  EncoderOutput encoded;
  encoded.mask = make_sequence_mask(source.lengths, source.ids.size(1), source.places);
  SequenceMask mask = encoded.mask;
  mask.is_packed = can_pack_ && records == nullptr && mask.allowed.defined() &&
                   mask.places.defined() && mask.places.numel() > 0;
  BlockInput input{context, mask};
  input.records = records;
  input.finals = &encoded.finals;
  const Tensor embedded = packed(embedding_->forward(source.ids, 0, context), mask);
  std::vector<Tensor> outputs;
  for (BlockStack& branch : branches_)
    outputs.push_back(branch->forward(embedded, input));
  encoded.states = spread(outputs.size() == 1 ? outputs.front() : at::cat(outputs, -1), mask);
  if (encoded.finals.empty()) encoded.finals.push_back({mean_state(encoded), {}});
  return encoded;
}

std::shared_ptr<DecoderImpl> make_decoder(const DecoderSetup& setup) {
  if (setup.options.decoder->kind == DecoderKind::rnn)
    return std::make_shared<RnnDecoderImpl>(setup);
  return std::make_shared<BlockDecoderImpl>(setup);
}

BlockDecoderImpl::BlockDecoderImpl(const DecoderSetup& setup)
    : embedding_(embedding_options(setup.options, setup.vocabulary), setup.tied_embedding),
      blocks_(*setup.options.decoder->blocks, sublayer_sizes(setup.options, setup.source_width),
              "decoder"),
      can_pack_(treats_tokens_alike(*setup.options.decoder->blocks)) {
  register_module("embedding", embedding_);
  register_module("blocks", blocks_);
}

Tensor BlockDecoderImpl::forward(const Sequences& target, const EncoderOutput& source,
                                 const ForwardContext& context,
                                 std::vector<AttentionRecord>* records) {
  // Targets are padded at their end, which a causal mask hides from every real position already.
  SequenceMask mask{target.lengths, {}, target.places};
  mask.positions = target.ids.size(1);
  const bool is_read = records != nullptr && context.only_recorded == nullptr;
  mask.is_packed = can_pack_ && !is_read && mask.places.defined() && mask.places.numel() > 0 &&
                   mask.places.numel() < target.ids.numel();
  BlockInput input{context, mask, &source.states, &source.mask};
  input.records = records;
  const Tensor embedded = packed(embedding_->forward(target.ids, 0, context), mask);
  return spread(blocks_->forward(embedded, input), mask);
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
  BlockInput input{context, mask};
  input.first_position = state.step;
  input.states = &state.sublayers;
  input.records = records;
  const Tensor embedded = embedding_->forward(ids.unsqueeze(1), state.step, context);
  ++state.step;
  return blocks_->forward(embedded, input).squeeze(1);
}

}  // namespace regard
