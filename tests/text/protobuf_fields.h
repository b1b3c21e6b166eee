#pragma once

#include <cstdint>
#include <string>

namespace regard::test {

/// The bytes of protobuf fields, for SentencePiece models made by hand.
inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7)
    bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

inline std::string bytes_field(std::uint64_t number, const std::string& content) {
  return varint(number << 3 | 2) + varint(content.size()) + content;
}

}  // namespace regard::test
