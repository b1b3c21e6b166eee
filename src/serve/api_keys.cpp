#include "regard/serve/api_keys.h"

#include <algorithm>

#include "regard/config/document.h"
#include "regard/config/reader.h"
#include "regard/core/strings.h"

namespace regard {

void ApiKeys::check(const ApiKeys& options, config::Checks& checks) {
  for (std::size_t i = 0; i < options.keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (options.keys[i].key == options.keys[j].key)
        checks.fail(str("keys[", i, "].key"), str("is that of ", options.keys[j].name),
                    "give each a key of its own");
    }
  }
}

const ApiKey* ApiKeys::find(std::string_view given) const {
  const ApiKey* found = nullptr;
  for (const ApiKey& each : keys) {
    unsigned difference = each.key.size() == given.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i)
      difference |= static_cast<unsigned char>(given[i]) ^
                    static_cast<unsigned char>(each.key[i % each.key.size()]);
    if (difference == 0) found = &each;
  }
  return found;
}

ApiKeys read_api_keys(const std::filesystem::path& path) {
  return config::read<ApiKeys>(config::read_yaml(path));
}

}  // namespace regard
