#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regard/serve/backend.h"

namespace regard {

/// What a request wants, among what a backend has.
struct ChosenDirection {
  std::size_t number = 0;
  std::string source;
  std::string target;
  bool is_identity = false;               ///< both are the same language: nothing is translated
  std::optional<double> confidence = {};  ///< of a source that was detected, 0 to 100
};

/// The languages that are translated from, each once, in order.
std::vector<std::string> source_languages(const std::vector<ServedDirection>& directions);
/// Those that a source is translated to, or all of them for "".
std::vector<std::string> target_languages(const std::vector<ServedDirection>& directions,
                                          const std::string& source = "");

/// Throws ApiError for languages that are not served. `source` "auto" is detected from the texts,
/// among those that are translated to `target`.
ChosenDirection choose_direction(const std::vector<ServedDirection>& directions,
                                 const std::string& source, const std::string& target,
                                 const std::vector<std::string>& texts);

}  // namespace regard
