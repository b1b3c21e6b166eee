#include "packed_transformer.h"

#include <algorithm>
#include <cmath>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/layers/position.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/tensor/parallel.h"
#include "regard/tensor/torch.h"

#include "packed_attention.h"
#include "row_functions.h"

namespace regard {

using torch::Tensor;

PackedEmbedding::PackedEmbedding(const ModelOptions& options, const Tensor& table,
                                 const Tensor& positions)
    : table_(table.contiguous()),
      scale_(options.scale_embedding ? std::sqrt(static_cast<float>(options.dim)) : 1.0F),
      dim_(options.dim),
      kind_(options.position),
      positions_(positions) {}

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

namespace {

StackNorm stack_norm(const BlocksOptions& blocks, const ModelOptions& options) {
  return {blocks.norm == NormPlacement::pre, options.norm_epsilon};
}

/// The norm after the last block, which pre-norm blocks need.
std::optional<NormWeights> final_norm(const StackNorm& norm, const WeightPacker& blocks) {
  return norm.is_pre ? std::optional(blocks.norm("final_norm")) : std::nullopt;
}

/// The decoder's table is the encoder's where both are tied.
Tensor target_table(const WeightPacker& weights) {
  const Tensor own = weights.shared("decoder.embedding.weight");
  return own.defined() ? own : weights.shared("encoder.embedding.weight");
}

std::vector<PackedEncoderLayer> pack_encoder(const BlocksOptions& blocks, std::int64_t dim,
                                             const WeightPacker& weights) {
  std::vector<PackedEncoderLayer> layers;
  for (std::int64_t i = 0; i < blocks.repeat; ++i) {
    const WeightPacker self = weights.below(str(i, ".self_attention"));
    layers.push_back({self.matrix("attention.in_projection"),
                      self.matrix("attention.out_projection"), self.norm("norm"),
                      head_shape(*blocks.sublayers[0].self_attention, dim),
                      PackedFeedForward(*blocks.sublayers[1].ffn, weights.below(str(i, ".ffn")))});
  }
  return layers;
}

std::vector<PackedDecoderSublayer> pack_decoder(const BlocksOptions& blocks, std::int64_t dim,
                                                const WeightPacker& weights) {
  const std::vector<std::string> names = sublayer_names(blocks.sublayers);
  std::vector<PackedDecoderSublayer> sublayers;
  for (std::int64_t i = 0; i < blocks.repeat; ++i) {
    for (std::size_t k = 0; k < names.size(); ++k) {
      const SublayerOptions& options = blocks.sublayers[k];
      const PackedKind* kind = packed_kind_of(options);
      sublayers.push_back({kind, kind->pack(options, weights.below(str(i, ".", names[k])), dim)});
    }
  }
  return sublayers;
}

}  // namespace

FastTransformer::Weights::Weights(const Seq2SeqImpl& model, WeightType type)
    : Weights(model, WeightPacker(model, type)) {}

FastTransformer::Weights::Weights(const Seq2SeqImpl& model, const WeightPacker& weights)
    : dim(model.options().dim),
      encoder_norm(stack_norm(branches_of(*model.options().encoder).front(), model.options())),
      decoder_norm(stack_norm(*model.options().decoder->blocks, model.options())),
      source(model.options(), weights.shared("encoder.embedding.weight"),
             weights.copy("encoder.embedding.position.weight")),
      target(model.options(), target_table(weights),
             weights.copy("decoder.embedding.position.weight")),
      encoder(pack_encoder(branches_of(*model.options().encoder).front(), dim,
                           weights.below("encoder.blocks"))),
      decoder(pack_decoder(*model.options().decoder->blocks, dim, weights.below("decoder.blocks"))),
      encoder_final_norm(final_norm(encoder_norm, weights.below("encoder.blocks"))),
      decoder_final_norm(final_norm(decoder_norm, weights.below("decoder.blocks"))),
      output(weights.matrix_of(model.output_weight().detach(), model.output_bias())) {}

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
                        ResidualRows& x) {
  Tensor projected = at::empty({x.rows(), 3 * x.dim()});
  layer.query_key_value.multiply(x.input(layer.norm), x.rows(),
                                 projected.mutable_data_ptr<float>());
  Tensor context = at::empty({x.rows(), x.dim()});
  attend_sentences(source, layer.heads, projected, context.mutable_data_ptr<float>());
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
  Tensor x = at::empty({tokens, weights.dim});
  auto* out = x.mutable_data_ptr<float>();
  const Tensor positions = weights.source.positions(ids.size(1));
  for (std::int64_t i = 0; i < ids.size(0); ++i) {
    const auto* row = ids.const_data_ptr<std::int64_t>() + i * ids.size(1);
    for (std::int64_t t = 0; t < lengths[i]; ++t, out += weights.dim)
      weights.source.write(row[t], t, positions, out);
  }
  return x;
}

}  // namespace

PackedSource encode(const FastTransformer::Weights& weights, const Sequences& source) {
  PackedSource packed;
  packed.states = embed(weights, source, packed);
  auto* x = packed.states.mutable_data_ptr<float>();
  const std::int64_t tokens = packed.states.size(0);
  const StackNorm& norm = weights.encoder_norm;
  ResidualRows rows(norm, tokens, weights.dim, x);
  for (const PackedEncoderLayer& layer : weights.encoder) {
    add_self_attention(layer, packed, rows);
    layer.feed_forward.add_to(rows);
  }
  if (weights.encoder_final_norm)
    normalise_rows(x, tokens, *weights.encoder_final_norm, norm.epsilon, x);
  return packed;
}

}  // namespace regard
