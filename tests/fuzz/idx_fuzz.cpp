#include <cstddef>

#include "regard/formats/idx.h"

#include "fuzz/fuzz_support.h"

// IDX files of any bytes, packed or not.

namespace regard::fuzz {
namespace {

void read_idx_bytes(std::string_view text) {
  static MemoryFile file;
  const IdxBytes idx = read_idx(file.put(text), std::size_t{1} << 26);
  std::size_t product = 1;
  for (const std::int64_t size : idx.shape)
    product *= static_cast<std::size_t>(size);
  require(!idx.shape.empty() && idx.values.size() == product, "another number of values");
  touch(std::as_bytes(std::span(idx.values)));
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  regard::fuzz::accepts([&] { regard::fuzz::read_idx_bytes(regard::fuzz::as_text(data, size)); });
  return 0;
}
