#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "regard/engine/weights_header.h"
#include "regard/tensor/batch.h"
#include "regard/tensor/tensor_file.h"

namespace regard {

/// Parameters by name, tied ones once.
NamedTensors named_weights(const torch::nn::Module& model);

void save_weights(const std::filesystem::path& path, const NamedTensors& weights,
                  const WeightsHeader& header);

/// Fills the parameters of `model`. Throws UserError naming file and tensor: damaged, missing,
/// other shape, not finite, or a format version this program does not know. `vocabulary` bounds the
/// ids of the roles.
WeightsHeader load_weights(const std::filesystem::path& path, torch::nn::Module& model,
                           std::int64_t vocabulary);

/// Fills those parameters of `model` whose names begin with `prefix` and leaves the others. Throws
/// UserError as load_weights() does.
void load_weights_of(const std::filesystem::path& path, torch::nn::Module& model,
                     const std::string& prefix);

}  // namespace regard
