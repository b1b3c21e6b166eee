#pragma once

#include <string_view>

namespace regard {

/// A tag as conlleval reads it: "B-A1" is B of type A1, a tag without '-' has the empty type.
struct ChunkTag {
  std::string_view position = "O";
  std::string_view type;
};

ChunkTag chunk_tag(std::string_view tag);

/// Whether a chunk ended before `tag`, and whether one begins there: conlleval's endOfChunk and
/// startOfChunk (version of 2004-01-26), which also know E, "[" and "]".
bool ends_chunk(const ChunkTag& previous, const ChunkTag& tag);
bool starts_chunk(const ChunkTag& previous, const ChunkTag& tag);

}  // namespace regard
