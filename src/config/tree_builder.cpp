#include "config/tree_builder.h"

#include <algorithm>
#include <utility>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "config/path.h"

namespace regard::config {
namespace {

/// Nobody reads more, and long keys and tags that are repeated would fill the memory.
constexpr std::size_t kMaxProblems = 1000;
constexpr const char* kWriteOut = "write the value out; quote a text that begins with & or *";

/// Whether the quoted scalar that begins at `start` ends before the text does.
bool is_closed(std::string_view text, std::size_t start) {
  const char quote = text[start];
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    const bool is_doubled = quote == '\'' && text.substr(i).starts_with("''");
    if (is_doubled || (quote == '"' && text[i] == '\\')) {
      ++i;
    } else if (text[i] == quote) {
      return true;
    }
  }
  return false;
}

}  // namespace

ParsedYaml TreeBuilder::finish() {
  if (!refused_.empty()) throw UserError(std::move(refused_));
  return std::move(result_);
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (++num_documents_ == 1) return;
  const bool is_marked = mark.pos >= 0 && static_cast<std::size_t>(mark.pos) < text_.size() &&
                         text_.substr(static_cast<std::size_t>(mark.pos)).starts_with("---");
  throw UserError(spot_of(mark),
                  is_marked ? "a second document" : "text after the end of the configuration",
                  is_marked ? "keep one document per file" : "remove it, or check the indentation");
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  refuse_properties(mark, "?", anchor, true);
  if (expects_key()) throw UserError(spot_of(mark), "an empty key", "name the key");
  Node node;
  node.kind = Node::Kind::null;
  node.spot = spot_of(mark);
  add(std::move(node));
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  refuse(spot_of(mark), "aliases (*) are not allowed", kWriteOut);
  if (expects_key()) {
    take_key(spot_of(mark), "*");
    return;
  }
  add(Node{});
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  refuse_properties(mark, tag, anchor, true);
  if (tag == "!") refuse_open_quote(mark);
  // Escapes can smuggle in what the check of the file's bytes keeps out.
  if (value.find('\0') != std::string::npos || !is_valid_utf8(value)) {
    throw UserError(spot_of(mark), "a text with a NUL or an invalid character",
                    "remove the escape");
  }
  if (expects_key()) {
    take_key(spot_of(mark), value);
    return;
  }
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = value;
  node.is_quoted = tag == "!";
  node.spot = spot_of(mark);
  add(std::move(node));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  refuse_properties(mark, tag, anchor, false);
  open(mark, Node::Kind::list);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  refuse_properties(mark, tag, anchor, false);
  open(mark, Node::Kind::map);
}

SourceSpot TreeBuilder::spot_of(const YAML::Mark& mark) const {
  if (mark.is_null()) return {name_, 0, 0};
  return {name_, mark.line + 1, mark.column + 1};
}

bool TreeBuilder::expects_key() const {
  return !levels_.empty() && levels_.back().node.kind == Node::Kind::map && !levels_.back().has_key;
}

void TreeBuilder::refuse_properties(const YAML::Mark& mark, const std::string& tag,
                                    YAML::anchor_t anchor, bool is_scalar) {
  if (anchor != YAML::NullAnchor) {
    refuse(spot_of(mark), "anchors (&) are not allowed", kWriteOut);
  }
  // yaml-cpp marks a quoted scalar with the tag "!".
  if (!tag.empty() && tag != "?" && !(is_scalar && tag == "!")) {
    refuse(spot_of(mark), str("tags (", escape_for_message(tag, 80), ") are not allowed"),
           "remove it; put a text that begins with ! in quotes");
  }
}

void TreeBuilder::refuse(const SourceSpot& spot, std::string what, const char* fix) {
  if (refused_.size() < kMaxProblems) refused_.push_back({spot, std::move(what), fix});
}

void TreeBuilder::refuse_open_quote(const YAML::Mark& mark) {
  const auto start = static_cast<std::size_t>(mark.pos);
  if (start >= text_.size()) return;
  if (text_[start] == '!') {
    refuse_properties(mark, "!", YAML::NullAnchor, false);
  } else if ((text_[start] == '\'' || text_[start] == '"') && !is_closed(text_, start)) {
    throw UserError(spot_of(mark), "a quote that is never closed", "add the closing quote");
  }
}

void TreeBuilder::take_key(const SourceSpot& spot, const std::string& key) {
  Level& level = levels_.back();
  if (key == "<<") {
    refuse(spot, "merge keys (<<) are not allowed", "write the keys out");
  }
  level.key = key;
  level.key_spot = spot;
  level.has_key = true;
  const auto [first, is_new] = level.line_of_key.emplace(key, spot.line);
  level.is_duplicate = !is_new;
  if (is_new || result_.duplicates.size() >= kMaxProblems) return;
  const std::string where = first->second > 0 ? str(" (first at line ", first->second, ")") : "";
  result_.duplicates.push_back(
      {spot, str(escape_for_message(path()), ": duplicate key", where), "keep one of the two"});
}

void TreeBuilder::open(const YAML::Mark& mark, Node::Kind kind) {
  if (expects_key())
    throw UnexpectedGroup(spot_of(mark), "a key that is a list or a group",
                          "use a plain word, and close every bracket");
  if (levels_.size() >= kMaxDepth) {
    throw UserError(spot_of(mark), str("nested deeper than ", kMaxDepth, " levels"),
                    "remove the inner levels");
  }
  Level level;
  level.node.kind = kind;
  level.node.spot = spot_of(mark);
  levels_.push_back(std::move(level));
}

void TreeBuilder::close() {
  Node node = std::move(levels_.back().node);
  levels_.pop_back();
  add(std::move(node));
}

void TreeBuilder::add(Node node) {
  if (levels_.empty()) {
    result_.root = std::move(node);
    return;
  }
  Level& level = levels_.back();
  if (level.node.kind == Node::Kind::list) {
    level.node.children.push_back(std::move(node));
    return;
  }
  level.has_key = false;
  if (level.is_duplicate) return;
  node.spot = level.key_spot;
  level.node.keys.push_back(std::move(level.key));
  level.node.children.push_back(std::move(node));
}

std::string TreeBuilder::path() const {
  std::string path;
  for (const Level& level : levels_) {
    path = level.node.kind == Node::Kind::map ? join_path(path, level.key)
                                              : join_index(path, level.node.children.size());
  }
  return path;
}

}  // namespace regard::config
