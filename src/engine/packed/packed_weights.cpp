#include "packed_weights.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/engine/parallel.h"
#include "regard/engine/positions.h"

#include "packed_attention.h"
#include "row_functions.h"

namespace regard {

PackedEmbedding::PackedEmbedding(const TransformerPlan& plan, const WeightView& table,
                                 const WeightView& learned)
    : table_(table),
      vocabulary_(table.shape.at(0)),
      dim_(plan.dim),
      scale_(plan.scales_embedding ? std::sqrt(static_cast<float>(plan.dim)) : 1.0F),
      kind_(plan.position) {
  if (learned.data == nullptr) return;
  positions_.vectors = std::make_shared<const std::vector<float>>(
      learned.data, learned.data + learned.shape.at(0) * dim_);
}

PositionTable PackedEmbedding::positions(std::int64_t count) const {
  if (kind_ == PositionKind::none) return {};
  const std::scoped_lock lock(mutex_);
  const std::int64_t known =
      positions_.vectors == nullptr ? 0 : std::ssize(*positions_.vectors) / dim_;
  if (count <= known) return positions_;
  if (kind_ == PositionKind::learned) {
    throw UserError(
        str("a sentence of ", count, " tokens is longer than the ", known, " learned positions"),
        "raise model.max_positions before training, or shorten the sentence");
  }
  positions_.vectors = std::make_shared<const std::vector<float>>(
      position_vectors(kind_, std::max<std::int64_t>(256, 2 * count), dim_));
  return positions_;
}

void PackedEmbedding::write(std::int64_t token, std::int64_t position,
                            const PositionTable& positions, float* out) const {
  if (token < 0 || token >= vocabulary_) throw std::out_of_range(str("no token ", token));
  const float* vector = table_.data + token * dim_;
  const float* place = positions.at(position, dim_);
  for (std::int64_t i = 0; i < dim_; ++i)
    out[i] = vector[i] * scale_ + (place == nullptr ? 0.0F : place[i]);
}

namespace {

/// The norm after the last block, which pre-norm blocks need.
std::optional<PackedNorm> final_norm(const StackPlan& plan, const WeightPacker& blocks) {
  return plan.is_pre_norm ? std::optional(blocks.norm("final_norm")) : std::nullopt;
}

WeightView table_of_target(const TransformerPlan& plan, const WeightPacker& weights) {
  return weights.shared(plan.has_target_table ? "decoder.embedding.weight"
                                              : "encoder.embedding.weight");
}

WeightView output_matrix(const TransformerPlan& plan, const WeightPacker& weights) {
  return plan.has_output_matrix ? weights.shared("output.weight") : table_of_target(plan, weights);
}

std::vector<PackedEncoderLayer> pack_encoder(const StackPlan& plan, std::int64_t dim,
                                             const WeightPacker& weights) {
  std::vector<PackedEncoderLayer> layers;
  for (std::size_t i = 0; i + 1 < plan.sublayers.size(); i += 2) {
    const SublayerPlan& attention = plan.sublayers[i];
    const SublayerPlan& network = plan.sublayers[i + 1];
    const WeightPacker self = weights.below(attention.name);
    layers.push_back({self.matrix("attention.in_projection"),
                      self.matrix("attention.out_projection"),
                      self.norm("norm"),
                      {attention.heads, dim / attention.heads},
                      PackedFeedForward(network, weights.below(network.name))});
  }
  return layers;
}

std::vector<PackedDecoderSublayer> pack_decoder(const StackPlan& plan, std::int64_t dim,
                                                const WeightPacker& weights) {
  std::vector<PackedDecoderSublayer> sublayers;
  for (const SublayerPlan& each : plan.sublayers) {
    const PackedKind& kind = packed_kind(each.kind);
    sublayers.push_back(
        {&kind, str("decoder.", each.name), kind.pack(each, weights.below(each.name), dim)});
  }
  return sublayers;
}

void add_stack_shapes(const StackPlan& plan, std::int64_t dim, const std::string& prefix,
                      WeightShapes& shapes) {
  for (const SublayerPlan& each : plan.sublayers) {
    ShapeList list(shapes, str(prefix, each.name, "."));
    packed_kind(each.kind).shapes(each, dim, list);
  }
  if (plan.is_pre_norm) ShapeList(shapes, prefix).norm("final_norm", dim);
}

}  // namespace

WeightShapes weight_shapes(const TransformerPlan& plan) {
  WeightShapes shapes;
  add_stack_shapes(plan.encoder, plan.dim, "encoder.blocks.", shapes);
  add_stack_shapes(plan.decoder, plan.dim, "decoder.blocks.", shapes);
  shapes["encoder.embedding.weight"] = {plan.source_vocabulary, plan.dim};
  if (plan.has_target_table)
    shapes["decoder.embedding.weight"] = {plan.target_vocabulary, plan.dim};
  if (plan.position == PositionKind::learned) {
    for (const char* side : {"encoder", "decoder"})
      shapes[str(side, ".embedding.position.weight")] = {plan.max_positions, plan.dim};
  }
  if (plan.has_output_matrix) shapes["output.weight"] = {plan.target_vocabulary, plan.dim};
  if (plan.has_output_bias) shapes["output_bias"] = {plan.target_vocabulary};
  return shapes;
}

PackedTransformer::Weights::Weights(const TransformerPlan& shape, const WeightMap& weights,
                                    WeightType type)
    : Weights(shape, WeightPacker(weights, type)) {}

PackedTransformer::Weights::Weights(const TransformerPlan& shape, const WeightPacker& packer)
    : plan(shape),
      dim(plan.dim),
      encoder_norm{plan.encoder.is_pre_norm, plan.norm_epsilon},
      decoder_norm{plan.decoder.is_pre_norm, plan.norm_epsilon},
      source(plan, packer.shared("encoder.embedding.weight"),
             packer.shared("encoder.embedding.position.weight")),
      target(plan, table_of_target(plan, packer),
             packer.shared("decoder.embedding.position.weight")),
      encoder(pack_encoder(plan.encoder, plan.dim, packer.below("encoder.blocks"))),
      decoder(pack_decoder(plan.decoder, plan.dim, packer.below("decoder.blocks"))),
      encoder_final_norm(final_norm(plan.encoder, packer.below("encoder.blocks"))),
      decoder_final_norm(final_norm(plan.decoder, packer.below("decoder.blocks"))),
      output(packer.matrix_of(output_matrix(plan, packer), packer.shared("output_bias"))) {}

namespace {

/// Self-attention of every sentence over its own tokens; projected [tokens, 3 dim].
void attend_sentences(const PackedSource& source, const HeadShape& shape, const float* projected,
                      float* context) {
  const std::int64_t dim = shape.heads * shape.head_dim;
  const auto sentences = static_cast<std::int64_t>(source.first.size());
  parallel_for(0, sentences, 4, [&](std::int64_t begin, std::int64_t end) {
    std::vector<const float*> keys;
    std::vector<float> space;
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::int64_t first = source.first[i];
      keys.clear();
      for (std::int64_t t = 0; t < source.length[i]; ++t)
        keys.push_back(projected + (first + t) * 3 * dim + dim);
      space.resize(static_cast<std::size_t>(attend_space(source.length[i])));
      for (std::int64_t t = first; t < first + source.length[i]; ++t) {
        attend_row(projected + t * 3 * dim, {keys.data(), source.length[i], dim}, shape,
                   space.data(), context + t * dim);
      }
    }
  });
}

void add_self_attention(const PackedEncoderLayer& layer, const PackedSource& source,
                        ResidualRows& x) {
  FloatBuffer projected(x.rows() * 3 * x.dim());
  layer.query_key_value.multiply(x.input(layer.norm), x.rows(), projected.data());
  FloatBuffer context(x.rows() * x.dim());
  attend_sentences(source, layer.heads, projected.data(), context.data());
  x.add(layer.out, context.data(), layer.norm);
}

/// Where the tokens of each sentence stand, and their vectors.
void embed_source(const PackedTransformer::Weights& weights, const TokenBatch& source,
                  PackedSource& packed) {
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < source.size(); ++i) {
    packed.first.push_back(source.first[static_cast<std::size_t>(i)]);
    packed.length.push_back(source.length(i));
    longest = std::max(longest, source.length(i));
  }
  packed.tokens = source.first.back();
  packed.states = FloatBuffer(packed.tokens * weights.dim);
  const PositionTable positions = weights.source.positions(longest);
  float* out = packed.states.data();
  for (std::int64_t i = 0; i < source.size(); ++i) {
    std::int64_t position = 0;
    for (const std::int32_t token : source.sentence(i)) {
      weights.source.write(token, position++, positions, out);
      out += weights.dim;
    }
  }
}

}  // namespace

PackedSource encode(const PackedTransformer::Weights& weights, const TokenBatch& source) {
  PackedSource packed;
  embed_source(weights, source, packed);
  float* x = packed.states.data();
  const StackNorm& norm = weights.encoder_norm;
  ResidualRows rows(norm, packed.tokens, weights.dim, x);
  for (const PackedEncoderLayer& layer : weights.encoder) {
    add_self_attention(layer, packed, rows);
    layer.feed_forward.add_to(rows);
  }
  if (weights.encoder_final_norm)
    normalise_rows(x, packed.tokens, *weights.encoder_final_norm, norm.epsilon, x);
  return packed;
}

}  // namespace regard
