#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regard/config/document.h"

namespace regard::config {

/// What the command line gives to keys, in addition to the file: `--set a.b=c`, and options that
/// stand for a key, such as `--beam-size`. Later ones win.
class Overrides {
 public:
  Overrides() = default;
  /// Assignments of --set.
  Overrides(const std::vector<std::string>& assignments);  // NOLINT: they are overrides

  /// An assignment of --set, "a.b=c".
  void add(std::string assignment);
  /// A value, as YAML, of another option; `origin` is where messages say it was written.
  void add(std::string key, std::string yaml, Origin origin);

  /// The last value that was given to a key by an option of its own, or nullptr.
  const std::string* find(std::string_view key) const;
  /// Puts all of them over what is written. Throws UserError for what is no key or no YAML.
  void apply(Document& document) const;
  /// Whether a problem's place is one of theirs.
  bool has_place(std::string_view place) const;

 private:
  struct Override {
    std::string key;    ///< empty = an assignment of --set
    std::string value;  ///< YAML, or the assignment
    Origin origin;
  };
  std::vector<Override> overrides_;
};

}  // namespace regard::config
