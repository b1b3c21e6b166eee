#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "formats/temporary_folder.h"

namespace regard {

/// How a reader met a number of damaged files.
struct DamageCount {
  std::size_t refused = 0;
  std::size_t opened = 0;
};

/// Puts every front part of `whole` but the whole into the file at `path` and calls `opens()`,
/// which says whether the reader took it.
template <class Opens>
DamageCount try_every_cut(const std::filesystem::path& path, const std::string& whole,
                          Opens opens) {
  DamageCount count;
  write_bytes(path, whole);
  for (std::size_t length = whole.size(); length-- > 0;) {
    std::filesystem::resize_file(path, length);
    ++(opens() ? count.opened : count.refused);
  }
  return count;
}

/// The same with each byte of `whole` replaced by each of the 255 other values.
template <class Opens>
DamageCount try_every_changed_byte(const std::filesystem::path& path, const std::string& whole,
                                   Opens opens) {
  DamageCount count;
  write_bytes(path, whole);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&](std::size_t position, int byte) {
    file.seekp(static_cast<std::streamoff>(position)).put(static_cast<char>(byte)).flush();
    if (!file) throw std::runtime_error("cannot write " + path.string());
  };
  for (std::size_t position = 0; position < whole.size(); ++position) {
    for (int change = 1; change < 256; ++change) {
      put(position, whole[position] ^ change);
      ++(opens() ? count.opened : count.refused);
    }
    put(position, whole[position]);
  }
  return count;
}

}  // namespace regard
