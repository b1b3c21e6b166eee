#include "config/writer.h"

#include <utility>

#include "regard/core/strings.h"

#include "config/path.h"
#include "config/rules.h"
#include "config/scalars.h"

namespace regard::config {
namespace {

constexpr std::size_t kStep = 2;

std::string comment_of(const Field& field, const void* default_value) {
  std::vector<std::string> notes;
  if (must_be_given(field, default_value)) notes.push_back("must be given");
  if (const std::string range = range_text(field); !range.empty()) notes.push_back(range);
  if (!field.unit.empty()) notes.push_back("in " + field.unit);
  return notes.empty() ? field.doc : str(field.doc, " (", join(notes, "; "), ")");
}

std::string flow_list(const ListType& type, const void* value) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < type.size(value); ++i) {
    items.push_back(flow_text(type.item(), type.at(value, i)));
  }
  return str("[", join(items, ", "), "]");
}

std::string flow_group(const GroupType& type, const void* value) {
  std::vector<std::string> items;
  for (const Field& field : type.fields()) {
    const Type* present = field.type;
    const Type* expected = field.type;
    const bool is_absent = present_value(present, field.get(value)) == nullptr;
    if (is_absent && present_value(expected, field.get(type.defaults())) == nullptr) continue;
    items.push_back(str(field.name, ": ", flow_text(*field.type, field.get(value))));
  }
  return str("{", join(items, ", "), "}");
}

}  // namespace

std::string flow_text(const Type& type, const void* value) {
  const Type* bare = &type;
  const void* held = present_value(bare, value);
  if (held == nullptr) return "none";
  if (bare->kind() == Kind::list) return flow_list(static_cast<const ListType&>(*bare), held);
  if (bare->kind() == Kind::group) return flow_group(static_cast<const GroupType&>(*bare), held);
  return scalar_text(*bare, held);
}

Line& Writer::add(std::size_t indent, std::string text, std::string path) {
  Line& line = lines_.emplace_back();
  line.indent = indent;
  line.text = std::move(text);
  line.path = std::move(path);
  return line;
}

void Writer::write_group(const GroupType& type, const void* value, const void* defaults,
                         const std::string& path, std::size_t indent) {
  for (const Field& field : type.fields()) {
    const std::size_t start = lines_.size();
    write_field(field, field.get(value), field.get(defaults), join_path(path, field.name), indent);
    if (!explains_ || lines_.size() == start) continue;
    lines_[start].comment = comment_of(field, field.get(type.defaults()));
  }
}

void Writer::write_field(const Field& field, const void* value, const void* defaults,
                         const std::string& path, std::size_t indent) {
  const Type* type = field.type;
  const Type* default_type = field.type;
  const void* held = present_value(type, value);
  const void* default_held = present_value(default_type, defaults);
  const std::string head = field.name + ":";
  if (held == nullptr) {
    if (explains_ || default_held != nullptr) add(indent, head + " none", path);
    if (explains_) write_example(bare_type(*field.type), indent);
    return;
  }
  if (type->kind() == Kind::group) {
    const auto& group = static_cast<const GroupType&>(*type);
    const std::size_t start = lines_.size();
    add(indent, head, "");
    write_group(group, held, default_held == nullptr ? group.defaults() : default_held, path,
                indent + kStep);
    if (lines_.size() == start + 1) lines_[start].text += " {}";
    return;
  }
  if (type->kind() == Kind::list && is_list_of_groups(*type) &&
      static_cast<const ListType&>(*type).size(held) > 0) {
    add(indent, head, "");
    write_items(static_cast<const ListType&>(*type), held, path, indent + kStep);
    return;
  }
  add(indent, str(head, " ", flow_text(*type, held)), path);
  if (explains_) write_example(*type, indent);
}

void Writer::write_items(const ListType& type, const void* value, const std::string& path,
                         std::size_t indent) {
  const auto& group = static_cast<const GroupType&>(type.item());
  for (std::size_t i = 0; i < type.size(value); ++i) {
    const std::size_t start = lines_.size();
    write_group(group, type.at(value, i), group.defaults(), join_index(path, i), indent + kStep);
    if (lines_.size() == start) add(indent + kStep, "{}", "");
    lines_[start].indent = indent;
    lines_[start].text.insert(0, "- ");
  }
}

void Writer::write_example(const Type& type, std::size_t indent) {
  const bool is_list = type.kind() == Kind::list && is_list_of_groups(type);
  if (!is_list && type.kind() != Kind::group) return;
  const Type& inner = is_list ? static_cast<const ListType&>(type).item() : type;
  const auto& group = static_cast<const GroupType&>(inner);
  const std::size_t start = lines_.size();
  write_group(group, group.defaults(), group.defaults(), "",
              indent + kStep + (is_list ? kStep : 0));
  if (lines_.size() == start) return;
  if (is_list) {
    lines_[start].indent = indent + kStep;
    lines_[start].text.insert(0, "- ");
  }
  for (std::size_t i = start; i < lines_.size(); ++i) {
    lines_[i].is_example = true;
    lines_[i].example_indent = indent;
  }
}

}  // namespace regard::config
