#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "regard/config/document.h"
#include "regard/config/type.h"

namespace regard::config {

/// What is wrong with a value and what to write instead; both complete "model.heads: ".
struct Fault {
  std::string what;
  std::string fix;
};

/// Reads a boolean, integer, number, text or word. Stricter than YAML: no octal, hexadecimal or
/// `yes`, quoted means text, numbers are finite. `value` is changed only on success.
std::optional<Fault> read_scalar(const Type& type, const Node& node, void* value);

/// The same value as YAML on one line, quoted where needed.
std::string scalar_text(const Type& type, const void* value);

/// "a whole number", for messages.
std::string wanted_text(const Type& type);

/// ASCII letters in lower case.
std::string lower_case(std::string_view text);

/// "'8'", cut and escaped for messages.
std::string in_quotes(std::string_view text);

/// A text as YAML: plain where every reader would take it for the same text, else in double quotes.
std::string text_as_yaml(std::string_view text);
/// Shortest digits, always with a point: "1.0", "0.0007", "1.0e-09".
std::string number_as_yaml(double value);

}  // namespace regard::config
