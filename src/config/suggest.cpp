#include "config/suggest.h"

#include <algorithm>
#include <iterator>

#include "regard/config/fields.h"
#include "regard/core/strings.h"

#include "config/path.h"
#include "config/placement.h"
#include "config/rules.h"
#include "config/scalars.h"

namespace regard::config {
namespace {

std::vector<std::string> names_of(const GroupType& group) {
  std::vector<std::string> names;
  for (const Field& field : group.fields()) {
    names.push_back(field.name);
  }
  return names;
}

/// The form in which names are compared.
std::string folded(std::string_view name) {
  std::string out = lower_case(name);
  std::replace(out.begin(), out.end(), '-', '_');
  return out;
}

bool is_of_command_line(const Node& node) {
  return node.origin == "--set";
}

/// Of several keys the one of the group `path`, or of the group nearest around it, else the first.
std::string choose_key(const std::string& keys, const std::string& path) {
  const std::vector<std::string> candidates = split(keys, ' ');
  for (std::string group = path;; group = parent_of(group)) {
    for (const std::string& key : candidates) {
      if (parent_of(key) == group) return key;
    }
    if (group.empty()) return candidates.front();
  }
}

std::string with_value(const std::string& pattern, const std::string& value) {
  return join(split(pattern, '$'), value);
}

/// "model.encoder.layers" and "model.encoder_layers" become the same.
std::string with_underscores(std::string path) {
  std::replace(path.begin(), path.end(), '.', '_');
  return path;
}

}  // namespace

Suggester::Suggester(const GroupType& root, const Document& document, const Aliases* aliases)
    : root_(root), document_(document), aliases_(aliases) {
  if (aliases == nullptr) return;
  for (const ForeignName& name : aliases->names) {
    for (const std::string& word : split(name.names, ' '))
      names_.emplace(folded(word), &name);
  }
}

std::string Suggester::fix_for(const std::string& path, const std::string& key, const Node& node) {
  // A file of another kind has thousands of unknown keys, and nobody reads that many hints.
  constexpr int kMaxSearches = 100;
  if (++num_searches_ > kMaxSearches) return "remove it";
  if (key.find('.') != std::string::npos) {
    const std::string line = line_for(join_path(path, key), node, "");
    return "nest the keys instead of writing dots" + (line.empty() ? "" : ": " + line);
  }
  const std::string as_one_name = with_underscores(join_path(without_indices(path), key));
  for (const std::string& known : all_paths()) {
    if (with_underscores(known) == as_one_name) return did_you_mean(known, node);
  }
  const GroupType* group = find_group(root_, path);
  const std::vector<std::string> names =
      group == nullptr ? std::vector<std::string>{} : names_of(*group);
  const std::string near = nearest(key, names);
  const ForeignName* foreign = foreign_name(path, key);
  if (foreign != nullptr && folded(near) != folded(key))
    return fix_of_name(*foreign, without_indices(path), node);
  if (!near.empty()) return str("did you mean ", join_path(path, near), "?");
  if (const std::string other = key_elsewhere(path, key); !other.empty())
    return did_you_mean(other, node);
  constexpr std::size_t kMaxListed = 12;
  if (names.empty() || names.size() > kMaxListed) return "remove it";
  return "remove it, or use one of " + join(names, ", ");
}

const ForeignName* Suggester::foreign_name(const std::string& path, const std::string& key) const {
  for (const std::string& name : {join_path(without_indices(path), key), key}) {
    const auto found = names_.find(folded(name));
    if (found != names_.end()) return found->second;
  }
  return nullptr;
}

std::string Suggester::fix_of_name(const ForeignName& name, const std::string& path,
                                   const Node& node) const {
  const std::string note = name.note.empty() ? "" : "; " + name.note;
  if (name.key.empty()) return "remove it" + note;
  const std::string key = choose_key(name.key, path);
  const std::string line = parent_of(key) == path && key.find("[]") != std::string::npos &&
                                   node.kind == Node::Kind::scalar
                               ? str("write ", last_key(key), ": ", text_as_yaml(node.text))
                               : line_for(key, node, name.value);
  return str(key, " is its name here", line.empty() ? "" : ": ", line, note);
}

/// The line that gives `key` the value of `node`, in the form `pattern`; empty where there is none.
std::string Suggester::line_for(const std::string& key, const Node& node,
                                const std::string& pattern) const {
  const std::optional<FoundField> found = find_field(root_, key);
  if (!found) return "";
  if (const std::size_t list = key.find("[]"); list != std::string::npos)
    return line_for_list(key.substr(0, list), node);
  if (node.kind != Node::Kind::scalar) return "";
  const bool is_fixed = !pattern.empty() && pattern.find('$') == std::string::npos;
  if (is_fixed && lower_case(node.text) == "false") return "";
  std::string value;
  if (is_list_of_groups(*found->field->type)) {
    if (!is_fixed) return line_for_list(key, node);
    value = pattern;
  } else if (bare_type(*found->field->type).kind() == Kind::group) {
    const auto& group = static_cast<const GroupType&>(bare_type(*found->field->type));
    value = group_for(group, key, node.text);
  } else {
    const std::string text = pattern.empty() ? node.text : with_value(pattern, node.text);
    std::optional<std::string> fitting = value_for(*found->field, text);
    if (!fitting) fitting = value_for(*found->field, node.text);
    value = fitting.value_or(default_for(*found));
  }
  return value.empty() ? "" : how_to_write(document_, key, value, is_of_command_line(node));
}

/// For keys in the items of the list `path`.
std::string Suggester::line_for_list(const std::string& path, const Node& node) const {
  const std::optional<FoundField> found = find_field(root_, path);
  const Type& type = bare_type(*found->field->type);
  if (type.kind() != Kind::list || document_.find(path) != nullptr) return "";
  const std::string items = example_list(static_cast<const ListType&>(type));
  return how_to_write(document_, path, items, is_of_command_line(node));
}

const std::vector<std::string>& Suggester::all_paths() {
  if (all_paths_.empty()) {
    for (FieldDoc& field : list_fields(root_))
      all_paths_.push_back(std::move(field.path));
  }
  return all_paths_;
}

std::string Suggester::key_elsewhere(const std::string& path, const std::string& key) {
  for (std::string group = path; !group.empty();) {
    group = parent_of(group);
    const GroupType* type = find_group(root_, group);
    if (type == nullptr) continue;
    if (const std::string near = nearest(key, names_of(*type)); !near.empty())
      return join_path(without_indices(group), near);
  }
  // Neither what lies next to it, which is not near enough, nor what it stands in.
  const std::string plain = without_indices(path);
  const std::string written = join_path(plain, key);
  std::vector<std::string> others;
  std::copy_if(all_paths().begin(), all_paths().end(), std::back_inserter(others),
               [&](const std::string& other) {
                 return parent_of(other) != plain && !written.starts_with(other + ".");
               });
  for (const std::string& wanted : {written, key}) {
    if (std::string near = nearest(wanted, others); !near.empty()) return near;
  }
  return "";
}

std::string Suggester::did_you_mean(const std::string& key, const Node& node) const {
  const std::string line = line_for(key, node, "");
  return str("did you mean ", key, "?", line.empty() ? "" : " Then ", line);
}

std::string Suggester::group_for(const GroupType& group, const std::string& path,
                                 const std::string& text) const {
  const std::string plain = without_indices(path);
  for (std::size_t i = 0; aliases_ != nullptr && i < aliases_->shorthands.size(); ++i) {
    const Shorthand& shorthand = aliases_->shorthands[i];
    if (shorthand.group != plain) continue;
    const std::optional<FoundField> found = find_field(group, shorthand.field);
    const std::optional<std::string> value = found ? value_for(*found->field, text) : std::nullopt;
    if (value) return with_value(shorthand.value, *value);
  }
  for (const Field& field : group.fields()) {
    if (field.type->kind() != Kind::word) continue;
    const auto& words = static_cast<const WordType&>(*field.type).words();
    for (const std::string& word : words) {
      if (folded(word) == folded(text)) return str("{", field.name, ": ", word, "}");
    }
  }
  return "";
}

}  // namespace regard::config
