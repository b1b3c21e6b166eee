#pragma once

#include <string>
#include <vector>

#include "regard/config/aliases.h"
#include "regard/config/config_error.h"
#include "regard/config/document.h"
#include "regard/config/type_of.h"

namespace regard::config {

/// Reads `document` into `value`, a default-made struct of that type, and adds every problem,
/// sorted by location: unknown keys (with the nearest known one), wrong types, values out of range,
/// missing keys, broken checks. `aliases` may be null.
void read_into(const GroupType& type, void* value, const Document& document,
               std::vector<Problem>& problems, const Aliases* aliases = nullptr);

/// The described struct T of a document; keys that are not written keep their defaults. Where
/// problems were added, the value is of no use. A struct's check() runs only when everything in it
/// was read cleanly.
template <class T>
T read(const Document& document, std::vector<Problem>& problems, const Aliases* aliases = nullptr) {
  T value{};
  read_into(group_of<T>(), &value, document, problems, aliases);
  return value;
}

/// The same; throws ConfigError with all problems.
template <class T>
T read(const Document& document, const Aliases* aliases = nullptr) {
  std::vector<Problem> problems;
  T value = read<T>(document, problems, aliases);
  if (!problems.empty()) throw ConfigError(std::move(problems));
  return value;
}

}  // namespace regard::config
