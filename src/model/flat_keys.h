#pragma once

#include <cstdint>

#include "regard/model/model_options.h"

namespace regard {

/// What the flat keys of a model's group come to; 0 = not given.
struct ModelSize {
  std::int64_t dim = 0;
  std::int64_t encoder_layers = 0;
  std::int64_t decoder_layers = 0;
  std::int64_t heads = 0;
  std::int64_t feed_forward = 0;

  friend bool operator==(const ModelSize&, const ModelSize&) = default;
};

/// The flat keys where given, else the preset's values, else what follows from others.
ModelSize size_of(const ModelOptions& options);

/// In a full form: flat keys and a preset may repeat what the blocks say, and nothing else.
void check_flat_keys(const ModelOptions& options, config::Checks& checks);

}  // namespace regard
