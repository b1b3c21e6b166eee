#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "regard/engine/transformer_plan.h"
#include "regard/formats/safetensors.h"

namespace regard {

/// A float32 vector or matrix, row by row.
struct WeightView {
  const float* data = nullptr;  ///< null = there is none
  std::vector<std::int64_t> shape;
  std::shared_ptr<const void>
      owner;  ///< keeps the memory: of a model's weight, or of a mapped file
};

using WeightMap = std::map<std::string, WeightView>;

/// The weights of a file, in its memory. They must be those of the plan: float32, none missing and
/// none left over, of these shapes, and finite; throws UserError naming file and tensor.
WeightMap read_weights(const SafetensorsFile& file, const TransformerPlan& plan);

}  // namespace regard
