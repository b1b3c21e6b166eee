#include "config/rules.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "regard/core/strings.h"

#include "config/writer.h"

namespace regard::config {
namespace {

bool holds(const Bound& bound, double value) {
  // Said so that NaN holds nothing.
  if (bound.is_lower) return bound.is_open ? value > bound.limit : value >= bound.limit;
  return bound.is_open ? value < bound.limit : value <= bound.limit;
}

const Type& innermost(const Type& type) {
  const Type& bare = bare_type(type);
  return bare.kind() == Kind::list ? innermost(static_cast<const ListType&>(bare).item()) : bare;
}

/// The value of a number; nothing for other types, and for an `auto`, which no limit is for.
std::optional<double> number_of(const Type& type, const void* value) {
  switch (type.kind()) {
    case Kind::number:
      return *static_cast<const double*>(value);
    case Kind::integer:
      return static_cast<double>(*static_cast<const std::int64_t*>(value));
    case Kind::auto_integer: {
      const auto& number = *static_cast<const AutoInteger*>(value);
      if (number.is_auto()) return std::nullopt;
      return static_cast<double>(number.value);
    }
    default:
      return std::nullopt;
  }
}

std::string items_text(std::size_t count) {
  return str("at least ", count, count == 1 ? " item" : " items");
}

bool is_empty(const Type& type, const void* value) {
  if (type.kind() == Kind::text) return static_cast<const std::string*>(value)->empty();
  return static_cast<const ListType&>(type).size(value) == 0;
}

bool any_item_breaks(const Field& field, const Type& type, const void* value) {
  const Type* bare = &type;
  const void* held = present_value(bare, value);
  if (held == nullptr) return false;
  if (bare->kind() != Kind::list) return scalar_fault(field, *bare, held).has_value();
  const auto& list = static_cast<const ListType&>(*bare);
  for (std::size_t i = 0; i < list.size(held); ++i) {
    if (any_item_breaks(field, list.item(), list.at(held, i))) return true;
  }
  return false;
}

}  // namespace

const void* present_value(const Type*& type, const void* value) {
  while (value != nullptr && type->kind() == Kind::optional) {
    const auto& optional = static_cast<const OptionalType&>(*type);
    value = optional.get(value);
    type = &optional.item();
  }
  return value;
}

const Type& bare_type(const Type& type) {
  if (type.kind() != Kind::optional) return type;
  return bare_type(static_cast<const OptionalType&>(type).item());
}

bool is_list_of_groups(const Type& type) {
  const Type& bare = bare_type(type);
  return bare.kind() == Kind::list &&
         bare_type(static_cast<const ListType&>(bare).item()).kind() == Kind::group;
}

std::optional<Fault> scalar_fault(const Field& field, const Type& type, const void* value) {
  if (const std::optional<double> held = number_of(type, value)) {
    const double number = *held;
    const auto keeps = [&](const Bound& bound) { return holds(bound, number); };
    if (std::all_of(field.bounds.begin(), field.bounds.end(), keeps)) return std::nullopt;
    const std::string range = bounds_text(field.bounds);
    return Fault{str(scalar_text(type, value), " is out of range (allowed: ", range, ")"),
                 "use a number that is " + range};
  }
  if (type.kind() != Kind::text || field.words.empty()) return std::nullopt;
  const auto& text = *static_cast<const std::string*>(value);
  if (std::find(field.words.begin(), field.words.end(), text) != field.words.end())
    return std::nullopt;
  const std::string near = nearest(text, field.words);
  return Fault{str(in_quotes(text), " is not one of ", join(field.words, ", ")),
               near.empty() ? "use one of them" : "use " + near};
}

std::optional<Fault> member_fault(const Field& field, const void* member) {
  const Type* type = field.type;
  const void* value = present_value(type, member);
  if (value == nullptr) return std::nullopt;
  if (field.is_never_empty && is_empty(*type, value)) {
    return Fault{"must not be empty",
                 type->kind() == Kind::text ? "write a text" : "give at least one item"};
  }
  if (field.min_items > 0) {
    const std::size_t size = static_cast<const ListType&>(*type).size(value);
    if (size < field.min_items) {
      return Fault{str(size, size == 1 ? " item" : " items",
                       " (allowed: ", items_text(field.min_items), ")"),
                   "add items"};
    }
  }
  for (const Predicate& predicate : field.predicates) {
    if (predicate.test(member)) continue;
    const bool is_scalar = type->kind() != Kind::list && type->kind() != Kind::group;
    return Fault{str(is_scalar ? scalar_text(*type, value) : "the value",
                     " is not allowed (allowed: ", predicate.rule, ")"),
                 "use " + predicate.rule};
  }
  return std::nullopt;
}

std::string bounds_text(const std::vector<Bound>& bounds) {
  if (bounds.size() == 2 && bounds[0].is_lower && !bounds[1].is_lower && !bounds[0].is_open &&
      !bounds[1].is_open) {
    return str("between ", format_shortest(bounds[0].limit), " and ",
               format_shortest(bounds[1].limit));
  }
  std::vector<std::string> parts;
  for (const Bound& bound : bounds) {
    const char* side = bound.is_lower ? (bound.is_open ? "above " : "at least ")
                                      : (bound.is_open ? "below " : "at most ");
    parts.push_back(side + format_shortest(bound.limit));
  }
  return join(parts, " and ");
}

bool breaks_rules(const Field& field, const void* member) {
  return any_item_breaks(field, *field.type, member) || member_fault(field, member).has_value();
}

namespace {

/// The key that decides about another one. Throws std::logic_error where the struct has none.
const Field& owner_of(const GroupType& type, const Field& field) {
  for (const Field& other : type.fields()) {
    if (other.name == field.only_with->key) return other;
  }
  throw std::logic_error(
      str(field.name, " belongs to ", field.only_with->key, ", which is no key"));
}

/// A value as a person says it: texts without quotation marks.
std::string spoken(const Field& field, const void* owner) {
  const void* value = field.get(owner);
  if (field.type->kind() == Kind::text) return *static_cast<const std::string*>(value);
  return flow_text(*field.type, value);
}

}  // namespace

bool is_unused(const GroupType& type, const Field& field, const void* owner) {
  if (!field.only_with) return false;
  const Field& decider = owner_of(type, field);
  const std::string value = spoken(decider, owner);
  const auto& values = field.only_with->values;
  return std::find(values.begin(), values.end(), value) == values.end();
}

void check_owners(const GroupType& type, const void* owner, Checks& checks) {
  for (const Field& field : type.fields()) {
    if (!field.only_with || !field.only_with->is_strict || !is_unused(type, field, owner)) continue;
    if (flow_text(*field.type, field.get(owner)) ==
        flow_text(*field.type, field.get(type.defaults())))
      continue;
    const OnlyWith& rule = *field.only_with;
    const Field& decider = owner_of(type, field);
    checks.fail(field.name,
                str("is only used by ", rule.key, ": ", join(rule.values, " or "), ", not by ",
                    spoken(decider, owner)),
                rule.fix.empty()
                    ? str("remove it, or use ", rule.key, ": ", join(rule.values, " or "))
                    : rule.fix);
  }
}

std::string range_text(const Field& field) {
  std::vector<std::string> parts;
  const Type& scalar = innermost(*field.type);
  if (scalar.kind() == Kind::boolean) parts.push_back("true, false");
  if (scalar.kind() == Kind::auto_integer) parts.push_back("auto");
  if (scalar.kind() == Kind::word)
    parts.push_back(join(static_cast<const WordType&>(scalar).words(), ", "));
  if (!field.words.empty()) parts.push_back(join(field.words, ", "));
  if (!field.bounds.empty()) parts.push_back(bounds_text(field.bounds));
  if (field.is_never_empty) parts.push_back("not empty");
  if (field.min_items > 0) parts.push_back(items_text(field.min_items));
  for (const Predicate& predicate : field.predicates) {
    parts.push_back(predicate.rule);
  }
  return join(parts, "; ");
}

bool must_be_given(const Field& field, const void* member) {
  return field.is_required || breaks_rules(field, member);
}

}  // namespace regard::config
