#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace regard::config {

/// Groups and lists may be nested this deep, the top level included.
inline constexpr std::size_t kMaxDepth = 16;

/// One step of a path: into a map by key or into a list by index.
struct Step {
  std::string key;
  std::optional<std::size_t> index;
};

/// "data.train[0].source" in steps; the empty path has none. Nothing where the text is not a path.
std::optional<std::vector<Step>> parse_path(std::string_view path);

/// "model" + "heads" -> "model.heads"; either may be empty, and the second may begin with "[".
std::string join_path(std::string_view parent, std::string_view rest);
/// "data.train" + 0 -> "data.train[0]".
std::string join_index(std::string_view parent, std::size_t index);

/// "training.schedule" of "training.schedule.peak", "data.train[]" of "data.train[].source", "" of
/// a key without a group.
std::string parent_of(std::string_view path);
/// "peak" of "training.schedule.peak".
std::string last_key(std::string_view path);

}  // namespace regard::config
