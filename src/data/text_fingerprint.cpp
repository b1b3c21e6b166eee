#include "regard/data/text_fingerprint.h"

#include <cstring>

namespace regard {

void TextFingerprint::add(std::int64_t number, std::string_view line) {
  mix(static_cast<std::uint64_t>(number));
  mix(line.size());
  for (; line.size() >= sizeof(std::uint64_t); line.remove_prefix(sizeof(std::uint64_t))) {
    std::uint64_t word = 0;
    std::memcpy(&word, line.data(), sizeof(word));
    mix(word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, line.data(), line.size());
  mix(rest);
}

}  // namespace regard
