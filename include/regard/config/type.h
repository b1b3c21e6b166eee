#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "regard/config/describe.h"

/// Described structs without their C++ types, so that the reader and the writers are ordinary
/// functions and compiled once. type_of<T>() of type_of.h is the way in.
namespace regard::config {

enum class Kind { boolean, integer, auto_integer, number, text, word, optional, list, group };

/// What is known of a C++ type. Values are passed as pointers to objects of exactly that type.
class Type {
 public:
  explicit Type(Kind kind) : kind_(kind) {}
  virtual ~Type() = default;
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

class WordType : public Type {
 public:
  WordType() : Type(Kind::word) {}
  virtual const std::vector<std::string>& words() const = 0;
  virtual std::size_t index(const void* value) const = 0;
  virtual void assign(void* value, std::size_t index) const = 0;
};

class OptionalType : public Type {
 public:
  explicit OptionalType(const Type& item) : Type(Kind::optional), item_(item) {}
  const Type& item() const { return item_; }
  /// The value inside, or nullptr.
  virtual const void* get(const void* value) const = 0;
  /// The value inside, default-made if there was none.
  virtual void* ensure(void* value) const = 0;
  virtual void reset(void* value) const = 0;

 private:
  const Type& item_;
};

class ListType : public Type {
 public:
  explicit ListType(const Type& item) : Type(Kind::list), item_(item) {}
  const Type& item() const { return item_; }
  virtual std::size_t size(const void* value) const = 0;
  virtual const void* at(const void* value, std::size_t index) const = 0;
  virtual void clear(void* value) const = 0;
  /// Adds an item that `fill` has completed.
  virtual void append(void* value, const std::function<void(void*)>& fill) const = 0;

 private:
  const Type& item_;
};

/// A rule of valid_if(), over the whole member.
struct Predicate {
  std::function<bool(const void*)> test;
  std::string rule;
};

/// One described key.
struct Field {
  std::string name;
  std::string doc;
  const Type* type = nullptr;
  std::function<void*(void*)> member_of;  ///< the member's address in its struct
  std::vector<Bound> bounds;
  std::vector<std::string> words;
  std::size_t min_items = 0;
  bool is_never_empty = false;
  std::vector<Predicate> predicates;
  std::string unit;
  std::optional<OnlyWith> only_with;
  bool is_required = false;
  std::optional<ResumeClass> resume;

  void* get(void* owner) const { return member_of(owner); }
  const void* get(const void* owner) const { return member_of(const_cast<void*>(owner)); }
};

class GroupType : public Type {
 public:
  GroupType() : Type(Kind::group) {}
  const std::vector<Field>& fields() const { return fields_; }
  /// A default-made struct.
  virtual const void* defaults() const = 0;
  /// Runs the struct's check(), if it has one.
  virtual void check(const void* value, Checks& checks) const = 0;

 protected:
  std::vector<Field> fields_;
};

}  // namespace regard::config
