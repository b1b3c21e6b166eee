#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "regard/core/error.h"

namespace regard::config {

/// What yaml-cpp says of a text that is not YAML, in the words of whoever wrote the text: tabs,
/// brackets that do not match, indentation, missing blanks and quotes. `spot` is where the parser
/// gave up, `message` what it said.
Problem explain_yaml_fault(std::string_view text, const SourceSpot& spot,
                           const std::string& message);

/// A bracket of `text` that is never closed, or closed by another kind; a problem without words
/// where there is none. Quotes and comments are skipped.
Problem bracket_fault(std::string_view text, const std::string& name);

}  // namespace regard::config
