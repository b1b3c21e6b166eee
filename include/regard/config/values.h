#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regard/config/type.h"

/// One value by itself, as the command line gives it: read, checked and described as the value of a
/// key is.
namespace regard::config {

/// Reads `text` into `member`, a value of the field's type; a list gets one more item. A text is
/// taken as it is, everything else as in YAML. Throws UserError at `place` for what is no such
/// value or not allowed.
void read_value(const Field& field, std::string_view text, void* member, const std::string& place);

/// The same text as YAML: that of a text quoted where it must be.
std::string value_as_yaml(const Field& field, std::string_view text);

/// Inside optionals and lists.
Kind scalar_kind(const Field& field);
/// The words that the value may be: those of an enum, of a boolean, of one_of(); empty = others.
std::vector<std::string> words_of(const Field& field);
/// What limits allow, for a sentence: "1 to 256", "at least 0", "above 0 and at most 100".
std::string limits_text(const Field& field);
/// Whether a member keeps to the field's limits.
bool is_allowed(const Field& field, const void* member);
/// A member's value as one would give it; "" for nothing: an empty text or list, an absent
/// optional.
std::string value_text(const Field& field, const void* member);

}  // namespace regard::config
