#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "regard/config/aliases.h"
#include "regard/config/document.h"
#include "regard/config/type.h"

namespace regard::config {

/// Finds what the writer of an unknown key, or of a single value instead of a group, probably
/// meant, and the line to write instead.
class Suggester {
 public:
  /// `root` is the type of the whole configuration; `aliases` may be null. All outlive this.
  Suggester(const GroupType& root, const Document& document, const Aliases* aliases);

  /// What to do about `key`, written in the group at `path` with the value `node`.
  std::string fix_for(const std::string& path, const std::string& key, const Node& node);
  /// What to write for the text `text` instead of the group at `path`; empty = nothing known.
  std::string group_for(const GroupType& group, const std::string& path,
                        const std::string& text) const;

 private:
  const ForeignName* foreign_name(const std::string& path, const std::string& key) const;
  std::string fix_of_name(const ForeignName& name, const std::string& path, const Node& node) const;
  const std::vector<std::string>& all_paths();
  std::string key_elsewhere(const std::string& path, const std::string& key);
  std::string did_you_mean(const std::string& key, const Node& node) const;
  std::string line_for(const std::string& key, const Node& node, const std::string& pattern) const;
  std::string line_for_list(const std::string& path, const Node& node) const;

  const GroupType& root_;
  const Document& document_;
  const Aliases* aliases_;
  std::unordered_map<std::string, const ForeignName*> names_;  ///< by their folded form
  std::vector<std::string> all_paths_;                         ///< made when first needed
  int num_searches_ = 0;
};

}  // namespace regard::config
