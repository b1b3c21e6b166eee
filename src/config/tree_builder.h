#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include "regard/core/error.h"

#include "config/yaml_parser.h"

namespace regard::config {

/// A list or group instead of a key: meant in `? [a, b]`, but mostly a bracket was not closed.
class UnexpectedGroup : public UserError {
 public:
  using UserError::UserError;
};

/// Builds a tree from the events of yaml-cpp and refuses what a configuration may not hold.
/// yaml-cpp itself takes duplicate keys, a second document, cyclic aliases and alias bombs without
/// a word. Not for headers of the library: it shows yaml-cpp.
class TreeBuilder final : public YAML::EventHandler {
 public:
  /// `text` is what the parser reads; both must live as long as the builder.
  TreeBuilder(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  /// The tree; throws UserError with what was refused on the way.
  ParsedYaml finish();

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  /// A list or map that is still open; in a map, `key` waits for its value.
  struct Level {
    Node node;
    std::string key;
    SourceSpot key_spot;
    bool has_key = false;
    bool is_duplicate = false;
    std::unordered_map<std::string, std::int64_t>
        line_of_key;  ///< a search of the node would be quadratic
  };

  SourceSpot spot_of(const YAML::Mark& mark) const;
  bool expects_key() const;
  void refuse_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         bool is_scalar);
  /// For a scalar with the tag "!": yaml-cpp takes the rest of the file for a text whose quote is
  /// open.
  void refuse_open_quote(const YAML::Mark& mark);
  void refuse(const SourceSpot& spot, std::string what, const char* fix);
  void take_key(const SourceSpot& spot, const std::string& key);
  void open(const YAML::Mark& mark, Node::Kind kind);
  void close();
  void add(Node node);
  std::string path() const;

  std::string_view text_;
  const std::string& name_;
  int num_documents_ = 0;
  std::vector<Level> levels_;
  ParsedYaml result_;
  std::vector<Problem> refused_;
};

}  // namespace regard::config
