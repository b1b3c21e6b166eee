#include <string>

#include "formats/safetensors_header.h"
#include "fuzz/fuzz_support.h"

// The strict JSON reader, as a flat object of strings and as a safetensors header without a file.

namespace regard::fuzz {
namespace {

void read_strings(std::string_view text) {
  const Metadata strings = parse_string_map("fuzz.json", "text", text);
  const Metadata again = parse_string_map("again.json", "text", to_json(strings));
  require(again == strings, "other strings after writing and reading");
}

/// The data are as long as the first number of the text says, so that headers can be right.
void read_header(std::string_view text) {
  std::uint64_t data_bytes = 0;
  const std::size_t comma = text.find(',');
  for (const char c : text.substr(0, comma)) {
    if (c < '0' || c > '9') break;
    data_bytes = data_bytes * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (comma == std::string_view::npos) return;
  const SafetensorsHeader header = parse_header("fuzz.json", text.substr(comma + 1), data_bytes);
  const SafetensorsHeader again = parse_header("again.json", to_json(header), data_bytes);
  require(header_checksum(again) == header_checksum(header),
          "another header after writing and reading");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  const std::string_view text = fuzz::as_text(data, size);
  fuzz::accepts([&] { fuzz::read_strings(text); });
  fuzz::accepts([&] { fuzz::read_header(text); });
  return 0;
}
