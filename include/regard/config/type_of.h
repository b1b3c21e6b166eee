#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "regard/config/field_builder.h"
#include "regard/config/type.h"

/// From C++ types to `Type`: the only templates between a described struct and the reader.
namespace regard::config {

template <class T>
const Type& type_of();

namespace detail {

template <DescribedEnum Enum>
class WordOf final : public WordType {
 public:
  const std::vector<std::string>& words() const override { return enum_table<Enum>().words; }
  std::size_t index(const void* value) const override {
    return index_of(*static_cast<const Enum*>(value));
  }
  void assign(void* value, std::size_t index) const override {
    *static_cast<Enum*>(value) = enum_table<Enum>().values.at(index);
  }
};

template <class T>
class OptionalOf final : public OptionalType {
 public:
  OptionalOf() : OptionalType(type_of<T>()) {
    if constexpr (DescribedEnum<T>) {
      if (from_word<T>("none"))
        throw std::logic_error("an optional enum must not have the word none");
    }
  }
  const void* get(const void* value) const override {
    const auto& held = *static_cast<const std::optional<T>*>(value);
    return held ? &*held : nullptr;
  }
  void* ensure(void* value) const override {
    auto& held = *static_cast<std::optional<T>*>(value);
    return held ? &*held : &held.emplace();
  }
  void reset(void* value) const override { static_cast<std::optional<T>*>(value)->reset(); }
};

template <class T>
class ListOf final : public ListType {
 public:
  ListOf() : ListType(type_of<T>()) {}
  std::size_t size(const void* value) const override { return list(value).size(); }
  const void* at(const void* value, std::size_t index) const override {
    if constexpr (std::is_same_v<T, bool>) {  // std::vector<bool> holds no addressable bool
      static constexpr bool kValues[] = {false, true};
      return &kValues[list(value)[index] ? 1 : 0];
    } else {
      return &list(value)[index];
    }
  }
  void clear(void* value) const override { static_cast<std::vector<T>*>(value)->clear(); }
  void append(void* value, const std::function<void(void*)>& fill) const override {
    T item{};
    fill(&item);
    static_cast<std::vector<T>*>(value)->push_back(std::move(item));
  }

 private:
  static const std::vector<T>& list(const void* value) {
    return *static_cast<const std::vector<T>*>(value);
  }
};

/// What describe() calls.
template <class Struct>
class FieldCollector {
 public:
  explicit FieldCollector(std::vector<Field>& fields) : fields_(fields) {}

  template <class Member, class... Attributes>
  void operator()(const char* name, Member Struct::*member, const char* doc,
                  Attributes... attributes) {
    Field& field = fields_.emplace_back();
    field.name = key_of(name);
    field.doc = doc;
    field.type = &type_of<Member>();
    field.member_of = [member](void* owner) -> void* {
      return &(static_cast<Struct*>(owner)->*member);
    };
    [[maybe_unused]] FieldBuilder<Member> builder(field);
    (builder.add(std::move(attributes)), ...);
  }

 private:
  std::vector<Field>& fields_;
};

template <class Struct>
class GroupOf final : public GroupType {
 public:
  GroupOf() {
    FieldCollector<Struct> field(fields_);
    Struct::describe(field);
  }
  const void* defaults() const override { return defaults_.get(); }
  void check([[maybe_unused]] const void* value, [[maybe_unused]] Checks& checks) const override {
    // Asked by name alone, so that a check() with another signature fails to compile instead of
    // being skipped.
    if constexpr (requires { &Struct::check; }) {
      Struct::check(*static_cast<const Struct*>(value), checks);
    }
  }

 private:
  std::unique_ptr<const Struct> defaults_ = std::make_unique<const Struct>();
};

template <Kind kKind>
const Type& scalar_type() {
  static const Type type(kKind);
  return type;
}

template <class Derived>
const Type& only() {
  static const Derived type;
  return type;
}

}  // namespace detail

/// The one description of T in the program.
template <class T>
const Type& type_of() {
  if constexpr (std::is_same_v<T, bool>) {
    return detail::scalar_type<Kind::boolean>();
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return detail::scalar_type<Kind::integer>();
  } else if constexpr (std::is_same_v<T, AutoInteger>) {
    return detail::scalar_type<Kind::auto_integer>();
  } else if constexpr (std::is_same_v<T, double>) {
    return detail::scalar_type<Kind::number>();
  } else if constexpr (std::is_same_v<T, std::string>) {
    return detail::scalar_type<Kind::text>();
  } else if constexpr (std::is_enum_v<T>) {
    return detail::only<detail::WordOf<T>>();
  } else if constexpr (detail::kIsOptional<T>) {
    return detail::only<detail::OptionalOf<detail::Item<T>>>();
  } else if constexpr (detail::kIsList<T>) {
    return detail::only<detail::ListOf<detail::Item<T>>>();
  } else {
    return detail::only<detail::GroupOf<T>>();
  }
}

template <class T>
const GroupType& group_of() {
  return static_cast<const GroupType&>(type_of<T>());
}

}  // namespace regard::config
