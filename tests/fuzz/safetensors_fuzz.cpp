#include <algorithm>
#include <cstring>
#include <string>

#include "regard/formats/safetensors.h"

#include "formats/safetensors_header.h"
#include "fuzz/fuzz_support.h"

// A safetensors file. An input that begins with '{' is a header alone, up to its first zero byte,
// with the rest as data, so that the fuzzer need not find its length.

namespace regard::fuzz {
namespace {

std::string with_length(std::string_view input) {
  if (!input.starts_with('{')) return std::string(input);
  const std::uint64_t length = std::min(input.find('\0'), input.size());
  std::string file(sizeof length, '\0');
  std::memcpy(file.data(), &length, sizeof length);
  file += input.substr(0, length);
  if (length < input.size()) file += input.substr(length + 1);
  return file;
}

void read_all(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const auto* start = static_cast<const std::byte*>(file.storage().get());
  const std::size_t size = std::filesystem::file_size(path);
  for (const std::string& name : file.names()) {
    const TensorView& tensor = file.at(name);
    std::uint64_t bytes = 0;
    require(count_bytes(tensor.shape, tensor.dtype, bytes) && bytes == tensor.bytes,
            "a size that is not the shape's");
    require(tensor.data >= start && tensor.data + tensor.bytes <= start + size,
            "a tensor outside the file");
    touch({tensor.data, tensor.bytes});
  }
  require(is_valid_utf8(to_json(file.metadata())), "metadata that are not UTF-8");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  static fuzz::MemoryFile file;
  const std::string bytes = fuzz::with_length(fuzz::as_text(data, size));
  fuzz::accepts([&] { fuzz::read_all(file.put(bytes)); });
  return 0;
}
