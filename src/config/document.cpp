#include "regard/config/document.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "regard/core/strings.h"

#include "config/path.h"
#include "config/yaml_parser.h"

namespace regard::config {
namespace {

/// The child that a step leads to, or nullptr.
const Node* follow(const Node& node, const Step& step) {
  if (!step.index) return node.child(step.key);
  if (node.kind == Node::Kind::map && *step.index == 0) return &node;  // a list of one group
  const bool is_there = node.kind == Node::Kind::list && *step.index < node.children.size();
  return is_there ? &node.children[*step.index] : nullptr;
}

void set_origin(Node& node, const Origin& origin) {
  node.spot = {origin.place, 0, 0};
  node.origin = origin.label;
  for (Node& child : node.children) {
    set_origin(child, origin);
  }
}

/// Levels of lists and maps in a node; a scalar has none.
std::size_t depth_of(const Node& node) {
  std::size_t deepest = 0;
  for (const Node& child : node.children) {
    deepest = std::max(deepest, depth_of(child));
  }
  return deepest + (node.kind == Node::Kind::list || node.kind == Node::Kind::map ? 1 : 0);
}

std::vector<Step> steps_of(std::string_view path, const Origin& origin) {
  std::optional<std::vector<Step>> steps = parse_path(path);
  if (!steps) {
    throw UserError(SourceSpot{origin.place}, str("'", path, "' is not a key"),
                    "write keys with dots and [index], such as data.train[0].weight");
  }
  return std::move(*steps);
}

Node value_of(std::string_view yaml, std::size_t depth, const Origin& origin) {
  std::optional<Node> node;
  try {
    ParsedYaml parsed = parse_events(yaml, origin.place);
    if (!parsed.duplicates.empty()) throw UserError(std::move(parsed.duplicates));
    node = std::move(parsed.root);
  } catch (const UserError& error) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) {
      problem.spot = {origin.place, 0, 0};  // a line within a command line says nothing
    }
    throw UserError(std::move(problems));
  }
  if (!node) node.emplace().kind = Node::Kind::null;
  if (depth + depth_of(*node) > kMaxDepth) {
    throw UserError(SourceSpot{origin.place}, str("nested deeper than ", kMaxDepth, " levels"),
                    "remove the inner levels");
  }
  set_origin(*node, origin);
  return std::move(*node);
}

/// What a step needs its parent to be, made from an absent one. `path` is the parent's, for
/// messages.
void require_kind(const Node& node, Node::Kind kind, const std::string& path,
                  const Origin& origin) {
  if (node.kind == kind) return;
  const char* wanted = kind == Node::Kind::map ? "a group of keys" : "a list";
  const char* found = node.kind == Node::Kind::map    ? "a group of keys"
                      : node.kind == Node::Kind::list ? "a list"
                      : node.kind == Node::Kind::null ? "without a value"
                                                      : "a single value";
  const std::string where = to_string(node.spot);
  throw UserError(SourceSpot{origin.place},
                  str(path, " is ", found, " (", where, "), not ", wanted),
                  str("set ", path, " as a whole"));
}

/// The child for a step, made with the kind `wanted` where there is none.
Node& step_into(Node& parent, const Step& step, const std::string& path, Node::Kind wanted,
                const Origin& origin) {
  require_kind(parent, step.index ? Node::Kind::list : Node::Kind::map, path, origin);
  if (const Node* child = follow(parent, step)) return const_cast<Node&>(*child);
  if (step.index && *step.index != parent.children.size()) {
    throw UserError(SourceSpot{origin.place},
                    str(join_index(path, *step.index), ": the list has ", parent.children.size(),
                        parent.children.size() == 1 ? " item" : " items"),
                    str("use an index from 0 to ", parent.children.size()));
  }
  if (!step.index) parent.keys.push_back(step.key);
  Node& child = parent.children.emplace_back();
  child.kind = wanted;
  child.spot = {origin.place, 0, 0};
  child.origin = origin.label;
  return child;
}

Node& node_at(Node& root, const std::vector<Step>& steps, const Origin& origin) {
  Node* node = &root;
  std::string path;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool leads_to_list = i + 1 < steps.size() && steps[i + 1].index;
    node = &step_into(*node, steps[i], path, leads_to_list ? Node::Kind::list : Node::Kind::map,
                      origin);
    path = steps[i].index ? join_index(path, *steps[i].index) : join_path(path, steps[i].key);
  }
  return *node;
}

/// Adds to `node` what it does not have; only maps are filled.
void fill(Node& node, const Node& below) {
  if (node.kind != Node::Kind::map || below.kind != Node::Kind::map) return;
  for (std::size_t i = 0; i < below.keys.size(); ++i) {
    if (Node* child = node.child(below.keys[i])) {
      fill(*child, below.children[i]);
    } else {
      node.keys.push_back(below.keys[i]);
      node.children.push_back(below.children[i]);
    }
  }
}

}  // namespace

const Node* Node::child(std::string_view key) const {
  const auto found = std::find(keys.begin(), keys.end(), key);
  return found == keys.end() ? nullptr : &children[static_cast<std::size_t>(found - keys.begin())];
}

Node* Node::child(std::string_view key) {
  return const_cast<Node*>(std::as_const(*this).child(key));
}

Document::Document(std::string name) : name_(std::move(name)) {
  root_.spot = {name_, 0, 0};
}

Document::Document(std::string name, Node root, std::vector<Problem> pending)
    : name_(std::move(name)), root_(std::move(root)), pending_(std::move(pending)) {}

const Node* Document::find(std::string_view path) const {
  const Node* node = &root_;
  for (const Step& step : steps_of(path, {name_})) {
    if (node == nullptr) break;
    node = follow(*node, step);
  }
  return node;
}

SourceSpot Document::spot_of(std::string_view path) const {
  const Node* node = &root_;
  for (const Step& step : steps_of(path, {name_})) {
    const Node* child = follow(*node, step);
    if (child == nullptr) break;
    node = child;
  }
  return node->spot;
}

std::string Document::origin_of(std::string_view path) const {
  const Node* node = find(path);
  if (node == nullptr) return "default";
  if (!node->origin.empty()) return node->origin;
  return to_string(SourceSpot{node->spot.name, node->spot.line, 0});
}

void Document::set(std::string_view assignment) {
  const Origin origin{str("--set ", assignment), "--set"};
  const std::size_t equals = assignment.find('=');
  const std::string_view path = trim(assignment.substr(0, equals));
  if (equals == std::string_view::npos || path.empty()) {
    throw UserError(SourceSpot{origin.place}, "expected KEY=VALUE",
                    "write --set training.max_updates=1000");
  }
  set_text(path, assignment.substr(equals + 1), origin);
}

void Document::set_text(std::string_view path, std::string_view yaml, const Origin& origin) {
  const std::vector<Step> steps = steps_of(path, origin);
  if (steps.empty()) throw UserError(SourceSpot{origin.place}, "no key", "name the key to set");
  Node value = value_of(yaml, steps.size(), origin);
  Node changed = root_;  // so that a path that fails half-way leaves nothing behind
  node_at(changed, steps, origin) = std::move(value);
  root_ = std::move(changed);
}

void Document::fill_text(std::string_view path, std::string_view yaml, const Origin& origin) {
  const std::vector<Step> steps = steps_of(path, origin);
  const Node value = value_of(yaml, steps.size(), origin);
  if (!steps.empty() && find(path) == nullptr) {
    set_text(path, yaml, origin);
    return;
  }
  fill(node_at(root_, steps, origin), value);
}

}  // namespace regard::config
