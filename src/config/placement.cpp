#include "config/placement.h"

#include <algorithm>
#include <vector>

#include "regard/core/shell.h"
#include "regard/core/strings.h"

#include "config/path.h"
#include "config/rules.h"
#include "config/scalars.h"
#include "config/writer.h"

namespace regard::config {
namespace {

const Type& without_lists(const Type& type) {
  const Type& bare = bare_type(type);
  if (bare.kind() != Kind::list) return bare;
  return without_lists(static_cast<const ListType&>(bare).item());
}

const Field* field_of(const GroupType& group, std::string_view name) {
  for (const Field& field : group.fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

/// The text of a value that may be any of the scalars but a word.
std::optional<std::string> scalar_for(const Field& field, const Type& type,
                                      const std::string& text) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = text;
  const auto read = [&](auto value) -> std::optional<std::string> {
    if (read_scalar(type, node, &value) || scalar_fault(field, type, &value)) return std::nullopt;
    const bool is_member = field.type == &type;
    if (is_member && member_fault(field, &value)) return std::nullopt;
    return scalar_text(type, &value);
  };
  switch (type.kind()) {
    case Kind::boolean:
      return read(false);
    case Kind::integer:
      return read(std::int64_t{0});
    case Kind::auto_integer:
      return read(AutoInteger());
    case Kind::number:
      return read(0.0);
    default:
      return read(std::string());
  }
}

}  // namespace

std::string without_indices(std::string_view path) {
  std::string out;
  bool is_inside = false;
  for (const char c : path) {
    if (c == ']') is_inside = false;
    if (!is_inside) out += c;
    if (c == '[') is_inside = true;
  }
  return out;
}

std::optional<FoundField> find_field(const GroupType& root, std::string_view path) {
  std::string keys = without_indices(path);
  for (std::size_t at = keys.find("[]"); at != std::string::npos; at = keys.find("[]"))
    keys.erase(at, 2);
  FoundField found{nullptr, &root};
  for (const std::string& key : split(keys, '.')) {
    if (found.field != nullptr) {
      const Type& inner = without_lists(*found.field->type);
      if (inner.kind() != Kind::group) return std::nullopt;
      found.owner = static_cast<const GroupType*>(&inner);
    }
    found.field = field_of(*found.owner, key);
    if (found.field == nullptr) return std::nullopt;
  }
  return found;
}

const GroupType* find_group(const GroupType& root, std::string_view path) {
  if (path.empty()) return &root;
  const std::optional<FoundField> found = find_field(root, path);
  if (!found) return nullptr;
  const Type& inner = without_lists(*found->field->type);
  return inner.kind() == Kind::group ? static_cast<const GroupType*>(&inner) : nullptr;
}

std::optional<std::string> value_for(const Field& field, const std::string& text) {
  const Type& bare = bare_type(*field.type);
  const Type& type = without_lists(bare);
  std::optional<std::string> value;
  if (type.kind() == Kind::group) return std::nullopt;
  if (type.kind() == Kind::word || !field.words.empty()) {
    const std::string near = nearest(
        text, type.kind() == Kind::word ? static_cast<const WordType&>(type).words() : field.words);
    if (!near.empty()) value = near;
  } else {
    value = scalar_for(field, type, text);
  }
  if (value && bare.kind() == Kind::list) value = "[" + *value + "]";
  return value;
}

std::string default_for(const FoundField& found) {
  const void* value = found.field->get(found.owner->defaults());
  const bool is_group = bare_type(*found.field->type).kind() == Kind::group;
  if (is_group || must_be_given(*found.field, value)) return "";
  return flow_text(*found.field->type, value);
}

std::string example_list(const ListType& type) {
  const auto& group = static_cast<const GroupType&>(bare_type(type.item()));
  std::vector<std::string> keys;
  for (const Field& field : group.fields()) {
    if (must_be_given(field, field.get(group.defaults()))) keys.push_back(field.name + ": ...");
  }
  const bool must_have_none = keys.empty();
  for (std::size_t i = 0; must_have_none && i < std::min<std::size_t>(2, group.fields().size());
       ++i)
    keys.push_back(group.fields()[i].name + ": ...");
  return str("[{", join(keys, ", "), "}]");
}

std::string how_to_write(const Document& document, std::string_view path, const std::string& value,
                         bool is_of_command_line) {
  if (is_of_command_line) return "write --set " + shell_quoted(str(path, "=", value));
  if (const Node* written = document.find(path)) {
    const std::string where =
        written->spot.line > 0 ? str("line ", written->spot.line) : to_string(written->spot);
    return str("remove this, since ", path, " is written in ", where);
  }
  // The innermost group that is there already.
  std::string group;
  std::vector<std::string> rest = split(path, '.');
  while (rest.size() > 1) {
    const Node* node = document.find(join_path(group, rest.front()));
    if (node == nullptr || node->kind != Node::Kind::map) break;
    group = join_path(group, rest.front());
    rest.erase(rest.begin());
  }
  std::string line = str(rest.back(), ": ", value);
  for (rest.pop_back(); !rest.empty(); rest.pop_back())
    line = str(rest.back(), ": {", line, "}");
  if (group.empty()) return "write " + line;
  const SourceSpot spot = document.spot_of(group);
  return str("write ", line, " in ", group,
             spot.line > 0 ? str(" (line ", spot.line, ")") : std::string());
}

}  // namespace regard::config
