#pragma once

#include <string>
#include <vector>

#include "regard/core/error.h"
#include "regard/run/config.h"

namespace regard {

/// What a configuration says without any effect, or was hardly meant so.
struct UnusedKeys {
  std::vector<Problem> problems;    ///< keys that another key of the same place makes useless
  std::vector<std::string> doubts;  ///< a warning each
};

/// Looks for keys of `vocabulary` and `training` that were written (a default is no wish) and
/// change nothing. A key of the file that a --set makes useless is a doubt: the file may be for
/// several uses. Beside training.init_from, what the model there says of its own vocabulary may be
/// repeated. Nothing is a wish in the complete configuration that a run writes, nor a default in a
/// group that has all its keys.
UnusedKeys find_unused_keys(const Config& config, const config::Document& document);

}  // namespace regard
