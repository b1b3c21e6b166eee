#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regard/config/document.h"

namespace regard::config {

/// What a text says as YAML.
struct ParsedYaml {
  std::optional<Node> root;         ///< nothing for a text without content
  std::vector<Problem> duplicates;  ///< keys written twice; the first is in the tree
};

/// Parses by events, so that nothing is built from what is refused. Every spot has the name `name`.
/// Throws UserError; parse_yaml() tells for what. An empty text, a null or any other root is the
/// caller's matter.
ParsedYaml parse_events(std::string_view text, const std::string& name);

}  // namespace regard::config
