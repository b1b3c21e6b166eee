#include "regard/config/values.h"

#include <optional>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "config/rules.h"
#include "config/scalars.h"
#include "config/writer.h"

namespace regard::config {
namespace {

[[noreturn]] void refuse(const std::string& place, const Fault& fault) {
  throw UserError(SourceSpot{place}, fault.what, fault.fix);
}

/// Reads and checks a scalar, or adds one to a list.
void read_item(const Field& field, const Type& type, std::string_view text, void* value,
               const std::string& place) {
  if (type.kind() == Kind::optional) {
    const auto& optional = static_cast<const OptionalType&>(type);
    return read_item(field, optional.item(), text, optional.ensure(value), place);
  }
  if (type.kind() == Kind::list) {
    const auto& list = static_cast<const ListType&>(type);
    return list.append(value,
                       [&](void* item) { read_item(field, list.item(), text, item, place); });
  }
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = text;
  if (const std::optional<Fault> fault = read_scalar(type, node, value)) refuse(place, *fault);
  if (const std::optional<Fault> fault = scalar_fault(field, type, value)) refuse(place, *fault);
}

const Type& scalar_type_of(const Type& type) {
  const Type& bare = bare_type(type);
  return bare.kind() == Kind::list ? scalar_type_of(static_cast<const ListType&>(bare).item())
                                   : bare;
}

}  // namespace

void read_value(const Field& field, std::string_view text, void* member, const std::string& place) {
  read_item(field, *field.type, text, member, place);
  if (const std::optional<Fault> fault = member_fault(field, member)) refuse(place, *fault);
}

std::string value_as_yaml(const Field& field, std::string_view text) {
  if (scalar_kind(field) != Kind::text) return std::string(text);
  // In single quotes nothing is special but these.
  return str("'", join(split(std::string(text), '\''), "''"), "'");
}

Kind scalar_kind(const Field& field) {
  return scalar_type_of(*field.type).kind();
}

std::vector<std::string> words_of(const Field& field) {
  const Type& type = scalar_type_of(*field.type);
  if (type.kind() == Kind::boolean) return {"true", "false"};
  if (type.kind() == Kind::word) return static_cast<const WordType&>(type).words();
  return field.words;
}

std::string limits_text(const Field& field) {
  std::string text = bounds_text(field.bounds);
  constexpr std::string_view kBetween = "between ";
  if (!text.starts_with(kBetween)) return text;
  text.erase(0, kBetween.size());
  return text.replace(text.find(" and "), 5, " to ");
}

bool is_allowed(const Field& field, const void* member) {
  return !breaks_rules(field, member);
}

std::string value_text(const Field& field, const void* member) {
  const Type* type = field.type;
  const void* held = present_value(type, member);
  if (held == nullptr) return "";
  if (type->kind() == Kind::text) return *static_cast<const std::string*>(held);
  const std::string text = flow_text(*type, held);
  return text == "[]" ? "" : text;
}

}  // namespace regard::config
