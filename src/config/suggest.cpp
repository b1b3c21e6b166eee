#include "config/suggest.h"

#include "regard/config/fields.h"
#include "regard/core/strings.h"

#include "config/path.h"

namespace regard::config {
namespace {

std::vector<std::string> names_of(const GroupType& group) {
  std::vector<std::string> names;
  for (const Field& field : group.fields()) {
    names.push_back(field.name);
  }
  return names;
}

}  // namespace

std::string Suggester::fix_for(const GroupType& group, const std::string& path,
                               const std::string& key) {
  // A file of another kind has thousands of unknown keys, and nobody reads so many hints.
  constexpr int kMaxSearches = 100;
  if (++num_searches_ > kMaxSearches) return "remove it";
  if (key.find('.') != std::string::npos) return "nest the keys instead of writing dots";
  const std::vector<std::string> names = names_of(group);
  if (const std::string near = nearest(key, names); !near.empty()) {
    return str("did you mean ", join_path(path, near), "?");
  }
  if (all_paths_.empty()) {
    for (FieldDoc& field : list_fields(root_)) {
      all_paths_.push_back(std::move(field.path));
    }
  }
  for (const std::string& wanted : {join_path(path, key), key}) {
    if (const std::string near = nearest(wanted, all_paths_); !near.empty()) {
      return str("did you mean ", near, "?");
    }
  }
  constexpr std::size_t kMaxListed = 12;
  if (names.empty() || names.size() > kMaxListed) return "remove it";
  return "remove it, or use one of " + join(names, ", ");
}

}  // namespace regard::config
