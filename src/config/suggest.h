#pragma once

#include <string>
#include <vector>

#include "regard/config/type.h"

namespace regard::config {

/// Finds what the writer of an unknown key probably meant.
class Suggester {
 public:
  /// `root` is the type of the whole configuration.
  explicit Suggester(const GroupType& root) : root_(root) {}

  /// What to do about `key` in the group at `path`: the nearest known key there or anywhere, or the
  /// known ones.
  std::string fix_for(const GroupType& group, const std::string& path, const std::string& key);

 private:
  const GroupType& root_;
  std::vector<std::string> all_paths_;  ///< made when first needed
  int num_searches_ = 0;
};

}  // namespace regard::config
