#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "regard/config/auto_integer.h"
#include "regard/config/count.h"
#include "regard/config/rules.h"

/// How a YAML key is declared: once, in the options struct of the layer that uses it. Type and
/// default come from the member, everything else from its REGARD_FIELD:
///
///   enum class NormPlacement { pre, post, none };
///   REGARD_ENUM(NormPlacement, pre, post, none);
///
///   struct ScheduleOptions {
///     using Self = ScheduleOptions;
///     double peak = 7.0e-4;
///     std::int64_t warmup = 4000;
///     static void describe(auto&& field) {
///       REGARD_FIELD(peak, "Learning rate reached when the warm-up ends.", config::above(0.0));
///       REGARD_FIELD(warmup, "Updates over which the rate grows.", config::at_least(0));
///     }
///     // Optional: rules between keys.
///     static void check(const Self& options, config::Checks& checks);
///   };
///   REGARD_DESCRIBED(ScheduleOptions);
///
/// A member is a bool, std::int64_t, double, std::string, config::AutoInteger, an enum of
/// REGARD_ENUM, another described struct, or a std::optional or std::vector of any of these. The
/// key is the member's name, the word of an enum is the enumerator's; a trailing underscore is
/// dropped (`auto_` is written `auto`). A struct may not contain itself. In YAML one group stands
/// for a list of groups with that one.
///
/// This header is light on purpose: only `app` and tests include the reader and the writers.

#define REGARD_FIELD(member, doc, ...)                                         \
  static_assert(sizeof(doc) > 1, "every key needs a description");             \
  static_assert(::regard::config::detail::Mark<Self, &Self::member>::is_done); \
  field(#member, &Self::member, doc __VA_OPT__(, ) __VA_ARGS__)

#define REGARD_DESCRIBED(Struct)                                     \
  static_assert(::regard::config::detail::every_member_is_described< \
                ::regard::config::detail::count_members<Struct>(),   \
                ::regard::config::detail::count_described<Struct>()>())

#define REGARD_ENUM(Enum, ...)                                                   \
  inline ::regard::config::EnumTable<Enum> regard_enum_table(Enum) {             \
    using enum Enum;                                                             \
    return {::regard::config::detail::split_words(#__VA_ARGS__), {__VA_ARGS__}}; \
  }                                                                              \
  static_assert(std::is_enum_v<Enum>)

namespace regard::config {

/// The enumerators of an enum and their words in YAML, in the order of the declaration.
template <class Enum>
struct EnumTable {
  std::vector<std::string> words;
  std::vector<Enum> values;
};

template <class Enum>
concept DescribedEnum = std::is_enum_v<Enum> && requires(Enum value) {
  regard_enum_table(value);
};

template <DescribedEnum Enum>
const EnumTable<Enum>& enum_table() {
  static const EnumTable<Enum> table = regard_enum_table(Enum{});
  return table;
}

/// Place of a value in its table. Throws std::logic_error for a value that REGARD_ENUM does not
/// name.
template <DescribedEnum Enum>
std::size_t index_of(Enum value) {
  const auto& values = enum_table<Enum>().values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] == value) return i;
  }
  throw std::logic_error("an enum value without a word");
}

/// The YAML word of a value, for messages.
template <DescribedEnum Enum>
const std::string& word_of(Enum value) {
  return enum_table<Enum>().words[index_of(value)];
}

/// The value of a YAML word; nothing when there is no such word.
template <DescribedEnum Enum>
std::optional<Enum> from_word(std::string_view word) {
  const auto& table = enum_table<Enum>();
  for (std::size_t i = 0; i < table.words.size(); ++i) {
    if (table.words[i] == word) return table.values[i];
  }
  return std::nullopt;
}

namespace detail {

/// "pre, auto_" -> {"pre", "auto"}.
std::vector<std::string> split_words(std::string_view list);
/// The YAML key of a member's name: without a trailing underscore.
std::string key_of(std::string_view name);

}  // namespace detail
}  // namespace regard::config
