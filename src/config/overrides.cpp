#include "regard/config/overrides.h"

#include <algorithm>
#include <utility>

#include "regard/core/strings.h"

namespace regard::config {

Overrides::Overrides(const std::vector<std::string>& assignments) {
  for (const std::string& assignment : assignments)
    add(assignment);
}

void Overrides::add(std::string assignment) {
  Origin origin{str("--set ", assignment), "--set"};
  overrides_.push_back({"", std::move(assignment), std::move(origin)});
}

void Overrides::add(std::string key, std::string yaml, Origin origin) {
  overrides_.push_back({std::move(key), std::move(yaml), std::move(origin)});
}

const std::string* Overrides::find(std::string_view key) const {
  const auto found = std::find_if(overrides_.rbegin(), overrides_.rend(),
                                  [&](const Override& one) { return one.key == key; });
  return found == overrides_.rend() ? nullptr : &found->value;
}

void Overrides::apply(Document& document) const {
  for (const Override& one : overrides_) {
    if (one.key.empty()) {
      document.set(one.value);
    } else {
      document.set_text(one.key, one.value, one.origin);
    }
  }
}

bool Overrides::has_place(std::string_view place) const {
  return std::any_of(overrides_.begin(), overrides_.end(),
                     [&](const Override& one) { return one.origin.place == place; });
}

}  // namespace regard::config
