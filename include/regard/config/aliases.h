#pragma once

#include <string>
#include <vector>

namespace regard::config {

/// What other programs call a key, or write instead.
struct ForeignName {
  /// Names with blanks between them. Case and the kind of dash do not matter.
  std::string names;
  /// The key here. Several, with blanks between them: the one in the group where the name was
  /// written, or in the group nearest around it, else the first.
  std::string key;
  /// What to write as its value, with $ for what was written; empty = "$".
  std::string value = "";
  /// What else to know, as a sentence without its stop; may be empty.
  std::string note = "";
};

/// A single value instead of a group of keys: "dropout: 0.1". Where the group has a key with
/// the word itself ("optimizer: adam"), nothing need be said here. Several for one group: the first
/// that fits.
struct Shorthand {
  std::string group;  ///< its path
  std::string field;  ///< the key in it that must take the value
  std::string value;  ///< what to write for the group, with $ for the value
};

/// What the reader knows of other programs, for its messages alone: nothing of it is accepted.
struct Aliases {
  std::vector<ForeignName> names;
  std::vector<Shorthand> shorthands;
};

}  // namespace regard::config
