#pragma once

#include <cstdint>

namespace regard::config {

/// A whole number that may be left to the program: written `auto` in YAML, 0 here.
struct AutoInteger {
  std::int64_t value = 0;

  AutoInteger() = default;
  AutoInteger(std::int64_t number) : value(number) {}  // NOLINT: is a number wherever it may be
  operator std::int64_t() const { return value; }      // NOLINT
  bool is_auto() const { return value == 0; }
  friend bool operator==(const AutoInteger&, const AutoInteger&) = default;
};

}  // namespace regard::config
