#include "regard/core/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "core/utf8_step.h"

namespace regard {
namespace {

/// What may follow a lead byte: how many bytes, and the range of the first (Unicode 15, table 3-7).
/// The range is what keeps out overlong forms, surrogates and numbers above U+10FFFF.
struct Tail {
  std::size_t length;
  unsigned char low;
  unsigned char high;
};

constexpr Tail tail_of(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

/// Offset of the first byte at or after `begin` that is not ASCII; eight at a time, because corpora
/// are mostly ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t begin) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080ULL;
  while (text.size() - begin >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + begin, sizeof word);
    if (word & kHighBits) break;
    begin += sizeof word;
  }
  while (begin < text.size() && static_cast<unsigned char>(text[begin]) < 0x80)
    ++begin;
  return begin;
}

/// Bytes of the valid character at the front of `left` bytes, 0 when there is none. The same rules
/// as next_utf8(), without the number of the character: validation is most of a corpus scan.
inline std::size_t valid_length(const char* text, std::size_t left) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return left >= 2 && lead >= 0xC2 && continues(1) ? 2 : 0;
  const std::size_t length = lead < 0xF0 ? 3 : 4;
  if (left < length || !continues(2) || !continues(length - 1)) return 0;
  const Tail tail = tail_of(lead);
  return tail.length != 0 && byte(1) >= tail.low && byte(1) <= tail.high ? length : 0;
}

bool is_scalar_value(char32_t code) {
  return code < 0xD800 || (code > 0xDFFF && code <= 0x10FFFF);
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

Utf8Step next_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const Tail tail = tail_of(lead);
  if (tail.length == 0) return {kReplacementCharacter, 1, false};
  char32_t code = lead & (0x3Fu >> tail.length);
  for (std::size_t i = 1; i <= tail.length; ++i) {
    const unsigned char low = i == 1 ? tail.low : 0x80;
    const unsigned char high = i == 1 ? tail.high : 0xBF;
    if (i >= text.size() || byte(i) < low || byte(i) > high) {
      return {kReplacementCharacter, i, false};
    }
    code = (code << 6) | (byte(i) & 0x3Fu);
  }
  return {code, tail.length + 1, true};
}

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t i = skip_ascii(text, 0);
  while (i < text.size()) {
    const std::size_t length = valid_length(text.data() + i, text.size() - i);
    if (length == 0) return i;
    i += length;
    if (length == 1) i = skip_ascii(text, i);
  }
  return std::string_view::npos;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t valid = std::min(first_invalid_utf8(text), text.size());
    out.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    append_utf8(out, kReplacementCharacter);
    text.remove_prefix(next_utf8(text).length);
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  const auto is_inside_character = [&](std::size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xC0) == 0x80;
  };
  constexpr std::size_t kMaxTail = 3;  // bytes of a character behind its first
  const std::size_t least = max_bytes - std::min(max_bytes, kMaxTail);
  std::size_t end = max_bytes;
  while (end > least && is_inside_character(end))
    --end;
  return text.substr(0, is_inside_character(end) ? max_bytes : end);
}

std::u32string to_utf32(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Utf8Step step = next_utf8(text);
    out.push_back(step.code);
    text.remove_prefix(step.length);
  }
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t code : text) {
    append_utf8(out, is_scalar_value(code) ? code : kReplacementCharacter);
  }
  return out;
}

}  // namespace regard
