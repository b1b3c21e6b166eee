#include "regard/config/reader.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "regard/core/strings.h"

#include "config/path.h"
#include "config/placement.h"
#include "config/rules.h"
#include "config/scalars.h"
#include "config/suggest.h"

namespace regard::config {
namespace {

/// Every function returns whether all went well; what did not is a problem.
class Reader {
 public:
  Reader(const GroupType& type, const Document& document, std::vector<Problem>& problems,
         const Aliases* aliases)
      : document_(document), problems_(problems), suggester_(type, document, aliases) {}

  bool read_group(const GroupType& type, void* value, const Node* node, const std::string& path);

 private:
  bool report(const SourceSpot& spot, const std::string& path, const Fault& fault);
  bool know_keys(const GroupType& type, const Node& node, const std::string& path);
  bool run_checks(const GroupType& type, const void* value, const std::string& path);
  bool read_absent(const Field& field, void* member, const std::string& path);
  bool read_value(const Type& type, void* value, const Node& node, const std::string& path);
  bool report_kind(const Type& type, const Node& node, const std::string& path);
  bool read_list(const ListType& type, void* value, const Node& node, const std::string& path);
  bool obey(const Field& field, const Type& type, const void* value, const Node& node,
            const std::string& path);

  const Document& document_;
  std::vector<Problem>& problems_;
  Suggester suggester_;
};

/// Whether one group stands for a list of groups.
bool is_single_group(const Type& type, const Node& node) {
  return type.kind() == Kind::list && node.kind == Node::Kind::map &&
         static_cast<const ListType&>(type).item().kind() == Kind::group;
}

bool Reader::report(const SourceSpot& spot, const std::string& path, const Fault& fault) {
  problems_.push_back({spot, str(path, path.empty() ? "" : ": ", fault.what), fault.fix});
  return false;
}

bool Reader::read_group(const GroupType& type, void* value, const Node* node,
                        const std::string& path) {
  bool is_clean = node == nullptr || know_keys(type, *node, path);
  for (const Field& field : type.fields()) {
    const std::string field_path = join_path(path, field.name);
    const Node* child = node == nullptr ? nullptr : node->child(field.name);
    void* member = field.get(value);
    const bool is_read = child == nullptr
                             ? read_absent(field, member, field_path)
                             : read_value(*field.type, member, *child, field_path) &&
                                   obey(field, *field.type, member, *child, field_path);
    is_clean = is_read && is_clean;
  }
  return is_clean && run_checks(type, value, path);
}

bool Reader::know_keys(const GroupType& type, const Node& node, const std::string& path) {
  bool is_clean = true;
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& key = node.keys[i];
    const auto has_name = [&](const Field& field) { return field.name == key; };
    if (std::any_of(type.fields().begin(), type.fields().end(), has_name)) continue;
    const std::string fix = suggester_.fix_for(path, key, node.children[i]);
    is_clean = report(node.children[i].spot, join_path(path, key), {"unknown key", fix});
  }
  return is_clean;
}

bool Reader::run_checks(const GroupType& type, const void* value, const std::string& path) {
  Checks checks;
  check_owners(type, value, checks);
  type.check(value, checks);
  for (const Checks::Failure& failure : checks.failures()) {
    const std::string full_path = join_path(path, failure.path);
    report(document_.spot_of(full_path), full_path, {failure.what, failure.fix});
  }
  return checks.failures().empty();
}

bool Reader::read_absent(const Field& field, void* member, const std::string& path) {
  if (must_be_given(field, member)) {
    return report(document_.spot_of(path), path, {"must be given", "add it: " + field.doc});
  }
  if (field.type->kind() != Kind::group) return true;
  return read_group(static_cast<const GroupType&>(*field.type), member, nullptr, path);
}

bool Reader::read_value(const Type& type, void* value, const Node& node, const std::string& path) {
  if (node.kind == Node::Kind::null) {
    const Kind kind = bare_type(type).kind();
    const char* empty = kind == Kind::text    ? "write \"\" for an empty text, or remove the key"
                        : kind == Kind::list  ? "write [] for an empty list, or remove the key"
                        : kind == Kind::group ? "write {} for the defaults, or remove the key"
                                              : "write a value, or remove the key for the default";
    return report(node.spot, path, {"has no value", empty});
  }
  if (type.kind() == Kind::optional) {
    const auto& optional = static_cast<const OptionalType&>(type);
    if (node.kind == Node::Kind::scalar && !node.is_quoted && node.text == "none") {
      optional.reset(value);
      return true;
    }
    const Kind item = bare_type(type).kind();
    if (node.kind == Node::Kind::scalar && node.is_quoted && node.text == "none" &&
        (item == Kind::group || item == Kind::list)) {
      return report(node.spot, path,
                    {"found the text 'none' in quotation marks", "write none without them"});
    }
    return read_value(optional.item(), optional.ensure(value), node, path);
  }
  if (is_single_group(type, node)) {
    const auto& list = static_cast<const ListType&>(type);
    bool is_clean = true;
    list.clear(value);
    list.append(value, [&](void* item) { is_clean = read_value(list.item(), item, node, path); });
    return is_clean;
  }
  const Node::Kind wanted = type.kind() == Kind::list    ? Node::Kind::list
                            : type.kind() == Kind::group ? Node::Kind::map
                                                         : Node::Kind::scalar;
  if (node.kind != wanted) {
    return report_kind(type, node, path);
  }
  if (wanted == Node::Kind::list)
    return read_list(static_cast<const ListType&>(type), value, node, path);
  if (wanted == Node::Kind::map)
    return read_group(static_cast<const GroupType&>(type), value, &node, path);
  const std::optional<Fault> fault = read_scalar(type, node, value);
  return !fault || report(node.spot, path, *fault);
}

/// For a list, a group or a single value instead of another of these.
bool Reader::report_kind(const Type& type, const Node& node, const std::string& path) {
  const std::string found = node.kind == Node::Kind::list  ? "a list"
                            : node.kind == Node::Kind::map ? "a group of keys"
                                                           : in_quotes(node.text);
  const bool is_scalar = node.kind == Node::Kind::scalar;
  std::string instead = wanted_text(type);
  if (type.kind() == Kind::list && is_list_of_groups(type)) {
    instead = example_list(static_cast<const ListType&>(type));
  } else if (type.kind() == Kind::list && is_scalar) {
    instead = str("[", node.text, "]");
  } else if (type.kind() == Kind::group && is_scalar) {
    const std::string group =
        suggester_.group_for(static_cast<const GroupType&>(type), path, node.text);
    if (!group.empty()) instead = str(last_key(path), ": ", group);
  }
  return report(node.spot, path,
                {str("expected ", wanted_text(type), ", found ", found), "write " + instead});
}

bool Reader::read_list(const ListType& type, void* value, const Node& node,
                       const std::string& path) {
  bool is_clean = true;
  type.clear(value);
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    type.append(value, [&](void* item) {
      is_clean = read_value(type.item(), item, node.children[i], join_index(path, i)) && is_clean;
    });
  }
  return is_clean;
}

bool Reader::obey(const Field& field, const Type& type, const void* value, const Node& node,
                  const std::string& path) {
  const Type* bare = &type;
  const void* held = present_value(bare, value);
  if (held == nullptr) return true;
  if (bare->kind() == Kind::list && !is_single_group(*bare, node)) {
    const auto& list = static_cast<const ListType&>(*bare);
    bool is_clean = true;
    for (std::size_t i = 0; i < list.size(held); ++i) {
      is_clean =
          obey(field, list.item(), list.at(held, i), node.children[i], join_index(path, i)) &&
          is_clean;
    }
    if (!is_clean) return false;
  } else if (const std::optional<Fault> fault =
                 bare->kind() == Kind::list ? std::nullopt : scalar_fault(field, *bare, held)) {
    return report(node.spot, path, *fault);
  }
  if (&type != field.type) return true;  // an item; what follows is of the whole member
  const std::optional<Fault> fault = member_fault(field, value);
  return !fault || report(node.spot, path, *fault);
}

/// Places with a line come first, in the order of the file; the rest stays in the order of the
/// declarations.
bool is_before(const Problem& a, const Problem& b) {
  const bool has_line = a.spot.line > 0;
  if (has_line != (b.spot.line > 0)) return has_line;
  if (!has_line) return false;
  return std::tie(a.spot.name, a.spot.line, a.spot.column) <
         std::tie(b.spot.name, b.spot.line, b.spot.column);
}

}  // namespace

void read_into(const GroupType& type, void* value, const Document& document,
               std::vector<Problem>& problems, const Aliases* aliases) {
  std::vector<Problem> found = document.pending_problems();
  Reader(type, document, found, aliases).read_group(type, value, &document.root(), "");
  std::stable_sort(found.begin(), found.end(), is_before);
  problems.insert(problems.end(), std::make_move_iterator(found.begin()),
                  std::make_move_iterator(found.end()));
}

}  // namespace regard::config
