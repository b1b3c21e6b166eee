#pragma once

#include <optional>
#include <string>

#include "regard/config/auto_integer.h"
#include "regard/config/overrides.h"
#include "regard/engine/packed_matrix.h"

namespace regard {

/// How models translate, for all that do: commands, and programs that answer requests. What is not
/// given is the first model's own.
struct SearchSetup {
  config::Overrides
      overrides;  ///< of keys of the model's configuration, that ModelBackend::load() reads
  std::optional<std::string> sample;  ///< as parse_draw_options() reads it; nothing = search
  config::AutoInteger workers;
  WeightType precision = WeightType::float32;
  bool uses_reference = false;  ///< LibTorch's general operations instead of packed weights
};

/// Throws UserError for contradictions that can be told before anything is opened.
void check_search(const SearchSetup& setup);

}  // namespace regard
