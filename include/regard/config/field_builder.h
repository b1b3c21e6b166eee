#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "regard/config/type.h"
#include "regard/core/strings.h"

namespace regard::config::detail {

template <class T>
struct ItemOf {
  using type = void;
};
template <class T>
struct ItemOf<std::optional<T>> {
  using type = T;
};
template <class T>
struct ItemOf<std::vector<T>> {
  using type = T;
};
template <class T>
using Item = typename ItemOf<T>::type;
template <class T>
inline constexpr bool kIsOptional = std::is_same_v<T, std::optional<Item<T>>>;
template <class T>
inline constexpr bool kIsList = !std::is_void_v<Item<T>> && !kIsOptional<T>;

/// The scalar type inside optionals and lists.
template <class T>
struct InnermostOf {
  using type = T;
};
template <class T>
requires(!std::is_void_v<Item<T>>) struct InnermostOf<T> : InnermostOf<Item<T>> {
};
template <class T>
using Innermost = typename InnermostOf<T>::type;

/// Applies the attributes of one REGARD_FIELD; an attribute that does not fit the member does not
/// compile.
template <class Member>
class FieldBuilder {
 public:
  explicit FieldBuilder(Field& field) : field_(field) {}

  void add(const Bound& bound) {
    static_assert(kIsNumber, "a limit needs a number");
    field_.bounds.push_back(bound);
  }
  void add(const Between& range) {
    add(range.low);
    add(range.high);
  }
  void add(OneOf choice) {
    static_assert(std::is_same_v<Innermost<Member>, std::string>, "one_of needs a text");
    field_.words = std::move(choice.words);
  }
  void add(NotEmpty) {
    static_assert(kIsList<Bare> || std::is_same_v<Bare, std::string>,
                  "not_empty needs a text or a list");
    field_.is_never_empty = true;
  }
  void add(MinItems items) {
    static_assert(kIsList<Bare>, "min_items needs a list");
    field_.min_items = items.count;
  }
  void add(OnlyWith rule) {
    field_.doc = str("Only with ", rule.key, ": ", join(rule.values, ", "), ". ", field_.doc);
    field_.only_with = std::move(rule);
  }
  void add(Unit unit) { field_.unit = std::move(unit.name); }
  void add(Required) { field_.is_required = true; }
  void add(ResumeClass resume) { field_.resume = resume; }
  template <class Test>
  void add(ValidIf<Test> rule) {
    auto test = [test = std::move(rule.test)](const void* value) {
      return passes(test, *static_cast<const Member*>(value));
    };
    field_.predicates.push_back({std::move(test), std::move(rule.rule)});
  }

 private:
  using Bare = std::conditional_t<kIsOptional<Member>, Item<Member>, Member>;
  static constexpr bool kIsNumber = std::is_same_v<Innermost<Member>, std::int64_t> ||
                                    std::is_same_v<Innermost<Member>, AutoInteger> ||
                                    std::is_same_v<Innermost<Member>, double>;

  template <class Test, class Value>
  static bool passes(const Test& test, const Value& value) {
    if constexpr (std::is_invocable_r_v<bool, const Test&, const Value&>) {
      return test(value);
    } else if constexpr (kIsOptional<Value>) {
      return !value || passes(test, *value);
    } else {
      static_assert(kIsList<Value>, "valid_if needs a test of the member, its value or its items");
      for (const auto& item : value) {
        if (!passes(test, item)) return false;
      }
      return true;
    }
  }

  Field& field_;
};

}  // namespace regard::config::detail
