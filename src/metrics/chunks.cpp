#include "metrics/chunks.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace regard {
namespace {

struct TagStep {
  std::string_view before;
  std::string_view after;
};

template <std::size_t N>
bool has_step(const std::array<TagStep, N>& steps, const ChunkTag& before, const ChunkTag& after) {
  return std::any_of(steps.begin(), steps.end(), [&](const TagStep& step) {
    return step.before == before.position && step.after == after.position;
  });
}

bool is_in_chunk(const ChunkTag& tag) {
  return tag.position != "O" && tag.position != ".";
}

bool is_bracket(const ChunkTag& tag) {
  return tag.position == "[" || tag.position == "]";
}

}  // namespace

ChunkTag chunk_tag(std::string_view tag) {
  const std::size_t hyphen = tag.find('-');
  if (hyphen == std::string_view::npos) return {tag, ""};
  return {tag.substr(0, hyphen), tag.substr(hyphen + 1)};
}

bool ends_chunk(const ChunkTag& previous, const ChunkTag& tag) {
  static constexpr std::array<TagStep, 7> kEnds = {
      {{"B", "B"}, {"B", "O"}, {"I", "B"}, {"I", "O"}, {"E", "E"}, {"E", "I"}, {"E", "O"}}};
  return has_step(kEnds, previous, tag) || (is_in_chunk(previous) && previous.type != tag.type) ||
         is_bracket(previous);
}

bool starts_chunk(const ChunkTag& previous, const ChunkTag& tag) {
  static constexpr std::array<TagStep, 7> kStarts = {
      {{"B", "B"}, {"I", "B"}, {"O", "B"}, {"O", "I"}, {"E", "E"}, {"E", "I"}, {"O", "E"}}};
  return has_step(kStarts, previous, tag) || (is_in_chunk(tag) && previous.type != tag.type) ||
         is_bracket(tag);
}

}  // namespace regard
