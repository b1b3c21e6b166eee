#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "regard/core/error.h"

namespace regard::config {

/// A value as it was written: a scalar, a list or a map, with its location.
struct Node {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::map;
  std::string text;               ///< of a scalar
  bool is_quoted = false;         ///< of a scalar
  std::vector<std::string> keys;  ///< of a map: keys[i] names children[i]; no key twice
  std::vector<Node> children;     ///< of a list or a map
  SourceSpot spot;                ///< the key, or the item of a list
  std::string origin;             ///< shown as the source of the value; empty = the spot

  /// The child of a map, or nullptr.
  const Node* child(std::string_view key) const;
  Node* child(std::string_view key);
};

/// The source of a value that is not in a file.
struct Origin {
  std::string place;       ///< in messages, such as "--set training.peak=1"
  std::string label = "";  ///< in show(), such as "--set"; empty = as `place`
};

/// A configuration before it has a type: what files, presets and the command line say, each value
/// with its location. Paths are written "data.train[0].source".
class Document {
 public:
  /// An empty one: every key has its default. `name` is the location of problems without a line.
  explicit Document(std::string name);
  /// `root` is a map. `pending` are problems that read() shall report with its own, such as
  /// duplicate keys.
  Document(std::string name, Node root, std::vector<Problem> pending);

  const std::string& name() const { return name_; }
  const Node& root() const { return root_; }
  const std::vector<Problem>& pending_problems() const { return pending_; }

  /// What is written at a path, or nullptr.
  const Node* find(std::string_view path) const;
  /// The location of a path, or of its nearest parent that is written.
  SourceSpot spot_of(std::string_view path) const;
  /// Where the value of a path comes from: "default", "configs/a.yaml:14", "--set" or "preset
  /// transformer_small".
  std::string origin_of(std::string_view path) const;

  /// The assignment of `--set`: "training.schedule.peak=1e-3". The value is YAML and replaces what
  /// was there, a list or group as a whole. Missing groups are made; [n] of a list with n items
  /// adds one. A later set wins. Throws UserError for a bad path or value.
  void set(std::string_view assignment);
  /// The same for flags of the program.
  void set_text(std::string_view path, std::string_view yaml, const Origin& origin);
  /// Adds what is not written yet, group by group; for presets, which lie under the keys of the
  /// user. A list that is written stays as it is. An empty path is the whole document.
  void fill_text(std::string_view path, std::string_view yaml, const Origin& origin);

 private:
  std::string name_;
  Node root_;
  std::vector<Problem> pending_;
};

/// Reads one YAML document whose top level is a map. Throws UserError (location, reason, fix) for
/// what is not YAML and for what has no use in a configuration and much in an attack or a slip:
/// more than 1 MiB, invalid UTF-8, NUL, anchors, aliases, tags, merge keys, a second document, more
/// than 16 levels, keys that are not scalars, no content. A byte order mark and CRLF are fine.
/// Duplicate keys become pending problems. `name` is the location in messages; lines and columns
/// (in bytes) count from 1.
Document parse_yaml(std::string_view text, std::string name);

/// parse_yaml() of a file; throws UserError also when the file cannot be read.
Document read_yaml(const std::filesystem::path& path);

}  // namespace regard::config
