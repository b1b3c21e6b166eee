#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "regard/config/describe.h"

namespace regard {

/// Who may use a server, and how much. Limits that are 0 are those of clients without a key.
struct ApiKey {
  using Self = ApiKey;
  std::string key;
  std::string name;
  std::int64_t requests_per_minute = 0;
  std::int64_t characters = 0;

  static void describe(auto&& field) {
    REGARD_FIELD(key, "The secret that a client sends as api_key, or as a bearer token.",
                 config::not_empty());
    REGARD_FIELD(name, "Who has it, for the log; never the secret itself.", config::not_empty());
    REGARD_FIELD(requests_per_minute, "Requests per minute; 0 = as without a key.",
                 config::at_least(0));
    REGARD_FIELD(characters, "Characters of a request; 0 = as without a key.", config::at_least(0),
                 config::unit("characters"));
  }
};
REGARD_DESCRIBED(ApiKey);

struct ApiKeys {
  using Self = ApiKeys;
  std::vector<ApiKey> keys;

  static void describe(auto&& field) {
    REGARD_FIELD(keys, "The keys that are accepted.", config::min_items(1));
  }
  static void check(const Self& options, config::Checks& checks);

  /// The one that a client gave, or nullptr. The time it takes says nothing about the secrets.
  const ApiKey* find(std::string_view given) const;
};
REGARD_DESCRIBED(ApiKeys);

/// A YAML file, `keys: [{key: …, name: …}]`. Throws UserError for what it is not.
ApiKeys read_api_keys(const std::filesystem::path& path);

}  // namespace regard
