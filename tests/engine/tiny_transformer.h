#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/files.h"
#include "regard/engine/packed_transformer.h"

#include "engine/random_values.h"

namespace regard::test {

/// Two blocks of two heads on both sides, dim 16, and all that differs between models.
inline TransformerPlan tiny_plan(std::int64_t vocabulary) {
  TransformerPlan plan;
  plan.dim = 16;
  plan.source_vocabulary = vocabulary;
  plan.target_vocabulary = vocabulary;
  plan.has_target_table = false;
  plan.has_output_matrix = false;
  for (const char* block : {"0", "1"}) {
    const auto add = [&](StackPlan& stack, const std::string& kind) -> SublayerPlan& {
      SublayerPlan& sublayer = stack.sublayers.emplace_back();
      sublayer.kind = kind;
      sublayer.name = std::string(block) + "." + kind;
      sublayer.heads = 2;
      sublayer.hidden = kind == "ffn" ? 24 : 0;
      return sublayer;
    };
    add(plan.encoder, "self_attention");
    add(plan.encoder, "ffn").activation = Activation::gelu;
    add(plan.decoder, "self_attention");
    add(plan.decoder, "cross_attention");
    add(plan.decoder, "ffn").is_gated = true;
  }
  return plan;
}

/// With average attention in the place of the decoder's self-attention, and norms after the
/// sublayers.
inline TransformerPlan average_plan(std::int64_t vocabulary) {
  TransformerPlan plan = tiny_plan(vocabulary);
  plan.decoder.is_pre_norm = false;
  for (SublayerPlan& sublayer : plan.decoder.sublayers) {
    if (sublayer.kind != "self_attention") continue;
    sublayer.kind = "average";
    sublayer.hidden = 20;
    sublayer.is_gated = true;
  }
  return plan;
}

/// Random weights of a plan.
inline WeightMap random_weights(const TransformerPlan& plan, std::uint64_t seed = 1) {
  WeightMap weights;
  for (const auto& [name, shape] : weight_shapes(plan)) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape)
      count *= size;
    const auto values = std::make_shared<std::vector<float>>(random_values(
        count, shape.size() > 1 ? 0.3F : 0.2F, derive_seed({seed, fingerprint(name)})));
    if (name.ends_with("norm.weight")) {
      for (float& value : *values)
        value += 1.0F;
    }
    weights[name] = {values->data(), shape, values};
  }
  return weights;
}

inline std::shared_ptr<const PackedTransformer> tiny_transformer(
    const TransformerPlan& plan, std::uint64_t seed = 1, WeightType type = WeightType::float32) {
  return std::make_shared<const PackedTransformer>(plan, random_weights(plan, seed), type);
}

}  // namespace regard::test
