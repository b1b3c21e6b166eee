#include "packed_transformer.h"

#include <algorithm>
#include <cmath>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/layers/feed_forward.h"
#include "regard/layers/position.h"
#include "regard/tensor/parallel.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

/// Nothing that is packed may change with the model.
Tensor contiguous(const Tensor& x) {
  return x.detach().clone(at::MemoryFormat::Contiguous);
}

Tensor copied(const Tensor& bias) {
  return bias.defined() ? contiguous(bias) : Tensor();
}

NormWeights packed(const NormWeights& norm) {
  return {contiguous(norm.scale), contiguous(norm.shift)};
}

PackedMatrix packed(const LinearWeights& linear, WeightType type) {
  return {linear.weight, copied(linear.bias), type};
}

/// The rows [first, first + count) of a fused projection.
PackedMatrix packed_rows(const LinearWeights& linear, std::int64_t first, std::int64_t count,
                         WeightType type) {
  return {linear.weight.narrow(0, first, count),
          linear.bias.defined() ? copied(linear.bias.narrow(0, first, count)) : Tensor(), type};
}

PackedFeedForward packed_feed_forward(const LayerWeights& layer, WeightType type) {
  return {packed(layer.inner, type), packed(layer.outer, type), packed(layer.feed_forward_norm)};
}

PackedAttention packed(const AttentionWeights& attention, WeightType type) {
  const std::int64_t dim = attention.out.weight.size(0);
  return {packed_rows(attention.in, 0, dim, type), packed_rows(attention.in, dim, 2 * dim, type),
          packed(attention.out, type), packed(attention.norm)};
}

PackedEncoderLayer packed_encoder_layer(const LayerWeights& layer, WeightType type) {
  const AttentionWeights& self = layer.self_attention;
  return {packed(self.in, type), packed(self.out, type), packed(self.norm),
          packed_feed_forward(layer, type)};
}

PackedDecoderLayer packed_decoder_layer(const LayerWeights& layer, WeightType type) {
  return {packed(layer.self_attention, type), packed(*layer.cross_attention, type),
          packed_feed_forward(layer, type)};
}

std::optional<NormWeights> packed(const std::optional<NormWeights>& norm) {
  return norm ? std::optional(packed(*norm)) : std::nullopt;
}

}  // namespace

PackedEmbedding::PackedEmbedding(const StackWeights& stack, const TransformerShape& shape)
    : table_(stack.embedding.detach().contiguous()),
      scale_(shape.scales_embedding ? std::sqrt(static_cast<float>(shape.dim)) : 1.0F),
      dim_(shape.dim),
      kind_(shape.position),
      positions_(stack.positions.defined() ? contiguous(stack.positions) : Tensor()) {}

Tensor PackedEmbedding::positions(std::int64_t count) const {
  if (kind_ == PositionKind::none) return {};
  const std::scoped_lock lock(mutex_);
  const std::int64_t known = positions_.defined() ? positions_.size(0) : 0;
  if (count <= known) return positions_;
  if (kind_ == PositionKind::learned) {
    throw UserError(
        str("a sentence of ", count, " tokens is longer than the ", known, " learned positions"),
        "raise model.max_positions before training, or shorten the sentence");
  }
  positions_ = position_table(kind_, std::max<std::int64_t>(256, 2 * count), dim_);
  return positions_;
}

void PackedEmbedding::write(std::int64_t token, std::int64_t position, const Tensor& positions,
                            float* out) const {
  TORCH_CHECK_INDEX(token >= 0 && token < table_.size(0), "no token ", token);
  const float* vector = table_.const_data_ptr<float>() + token * dim_;
  const float* place =
      positions.defined() ? positions.const_data_ptr<float>() + position * dim_ : nullptr;
  for (std::int64_t i = 0; i < dim_; ++i)
    out[i] = vector[i] * scale_ + (place == nullptr ? 0.0F : place[i]);
}

FastTransformer::Weights::Weights(const TransformerWeights& plain, WeightType type)
    : shape(plain.shape),
      source(plain.encoder, plain.shape),
      target(plain.decoder, plain.shape),
      encoder_norm(packed(plain.encoder.final_norm)),
      decoder_norm(packed(plain.decoder.final_norm)),
      output(plain.output_weight, copied(plain.output_bias), type) {
  for (const LayerWeights& layer : plain.encoder.layers)
    encoder.push_back(packed_encoder_layer(layer, type));
  for (const LayerWeights& layer : plain.decoder.layers)
    decoder.push_back(packed_decoder_layer(layer, type));
}

ResidualRows::ResidualRows(const FastTransformer::Weights& weights, std::int64_t rows, float* x)
    : weights_(&weights), rows_(rows), x_(x) {
  if (weights.is_pre_norm()) normed_ = at::empty({rows, weights.shape.dim});
}

ResidualRows ResidualRows::slice(std::int64_t first, std::int64_t count) const {
  ResidualRows part = *this;  // shares the space for norms
  part.rows_ = count;
  part.x_ += first * weights_->shape.dim;
  return part;
}

const float* ResidualRows::input(const NormWeights& norm) {
  if (!weights_->is_pre_norm()) return x_;
  auto* normed = normed_.mutable_data_ptr<float>();
  normalise_rows(x_, rows_, norm, weights_->shape.norm_epsilon, normed);
  return normed;
}

void ResidualRows::add(const PackedMatrix& out, const float* y, const NormWeights& norm) {
  out.multiply(y, rows_, x_, {.added = x_});
  if (!weights_->is_pre_norm()) normalise_rows(x_, rows_, norm, weights_->shape.norm_epsilon, x_);
}

namespace {

/// For as many rows as are at hand.
void add_feed_forward_to_slice(const PackedFeedForward& network, const StackShape& shape,
                               ResidualRows& x) {
  Tensor hidden = at::empty({x.rows(), network.inner.out()});
  const bool is_plain_relu = shape.activation == Activation::relu && !shape.is_gated;
  network.inner.multiply(x.input(network.norm), x.rows(), hidden.mutable_data_ptr<float>(),
                         {.has_relu = is_plain_relu});
  if (shape.is_gated) {
    const auto halves = hidden.chunk(2, -1);
    hidden = activate(shape.activation, halves[0]).mul(halves[1]).contiguous();
  } else if (!is_plain_relu) {
    hidden = activate(shape.activation, hidden);
  }
  x.add(network.outer, hidden.const_data_ptr<float>(), network.norm);
}

}  // namespace

void add_feed_forward(const PackedFeedForward& network, const StackShape& shape, ResidualRows& x) {
  constexpr std::int64_t kSlice = 256;  // rows whose inner layer exists at a time, in the cache
  for (std::int64_t first = 0; first < x.rows(); first += kSlice) {
    ResidualRows slice = x.slice(first, std::min(kSlice, x.rows() - first));
    add_feed_forward_to_slice(network, shape, slice);
  }
}

namespace {

/// Self-attention of every sentence over its own tokens; projected [tokens, 3 dim].
void attend_sentences(const PackedSource& source, const HeadShape& shape, const Tensor& projected,
                      float* context) {
  const std::int64_t dim = shape.heads * shape.head_dim;
  const auto* rows = projected.const_data_ptr<float>();
  const auto sentences = static_cast<std::int64_t>(source.first.size());
  parallel_for(0, sentences, 4, [&](std::int64_t begin, std::int64_t end) {
    std::vector<const float*> keys;
    std::vector<float> space;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::int64_t first = source.first[i];
      keys.clear();
      for (std::int64_t t = 0; t < source.length[i]; ++t)
        keys.push_back(rows + (first + t) * 3 * dim + dim);
      space.resize(static_cast<std::size_t>(attend_space(source.length[i])));
      for (std::int64_t t = first; t < first + source.length[i]; ++t) {
        attend_row(rows + t * 3 * dim, {keys.data(), source.length[i], dim}, shape, space.data(),
                   context + t * dim);
      }
    }
  });
}

void add_self_attention(const PackedEncoderLayer& layer, const PackedSource& source,
                        const HeadShape& shape, ResidualRows& x) {
  const std::int64_t dim = shape.heads * shape.head_dim;
  Tensor projected = at::empty({x.rows(), 3 * dim});
  layer.query_key_value.multiply(x.input(layer.norm), x.rows(),
                                 projected.mutable_data_ptr<float>());
  Tensor context = at::empty({x.rows(), dim});
  attend_sentences(source, shape, projected, context.mutable_data_ptr<float>());
  x.add(layer.out, context.const_data_ptr<float>(), layer.norm);
}

/// Where the tokens of each sentence stand, and their vectors [tokens, dim].
Tensor embed(const FastTransformer::Weights& weights, const Sequences& source,
             PackedSource& packed) {
  const Tensor ids = source.ids.contiguous();
  const auto lengths = source.lengths.accessor<std::int64_t, 1>();
  std::int64_t tokens = 0;
  for (std::int64_t i = 0; i < ids.size(0); ++i) {
    packed.first.push_back(tokens);
    packed.length.push_back(lengths[i]);
    tokens += lengths[i];
  }
  Tensor x = at::empty({tokens, weights.shape.dim});
  auto* out = x.mutable_data_ptr<float>();
  const Tensor positions = weights.source.positions(ids.size(1));
  for (std::int64_t i = 0; i < ids.size(0); ++i) {
    const auto* row = ids.const_data_ptr<std::int64_t>() + i * ids.size(1);
    for (std::int64_t t = 0; t < lengths[i]; ++t, out += weights.shape.dim)
      weights.source.write(row[t], t, positions, out);
  }
  return x;
}

}  // namespace

PackedSource encode(const FastTransformer::Weights& weights, const Sequences& source) {
  PackedSource packed;
  Tensor states = embed(weights, source, packed);
  auto* x = states.mutable_data_ptr<float>();
  const std::int64_t tokens = states.size(0);
  ResidualRows rows(weights, tokens, x);
  for (const PackedEncoderLayer& layer : weights.encoder) {
    add_self_attention(layer, packed, weights.heads_of(weights.shape.encoder), rows);
    add_feed_forward(layer.feed_forward, weights.shape.encoder, rows);
  }
  if (weights.encoder_norm)
    normalise_rows(x, tokens, *weights.encoder_norm, weights.shape.norm_epsilon, x);
  for (const PackedDecoderLayer& layer : weights.decoder) {
    Tensor memory = at::empty({tokens, 2 * weights.shape.dim});
    layer.cross.key_value.multiply(x, tokens, memory.mutable_data_ptr<float>());
    packed.memory.push_back(std::move(memory));
  }
  return packed;
}

}  // namespace regard
