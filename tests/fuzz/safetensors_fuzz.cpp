#include <algorithm>
#include <cstring>
#include <string>

#include "regard/formats/safetensors.h"

#include "fuzz/fuzz_support.h"
#include "fuzz/tensor_files.h"

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
  require_whole_tensors(file, path);
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
