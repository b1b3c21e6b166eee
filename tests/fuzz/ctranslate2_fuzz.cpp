#include <string>

#include "regard/formats/ctranslate2.h"

#include "formats/safetensors_header.h"
#include "fuzz/fuzz_support.h"

// A model.bin of CTranslate2.

namespace regard::fuzz {
namespace {

void read_all(const std::filesystem::path& path) {
  const Ctranslate2File file = Ctranslate2File::open(path);
  const auto* start = static_cast<const std::byte*>(file.storage().get());
  const std::size_t size = std::filesystem::file_size(path);
  for (const std::string& name : file.names()) {
    const TensorView& tensor = file.at(name);
    std::uint64_t bytes = 0;
    require(count_bytes(tensor.shape, tensor.dtype, bytes) && bytes == tensor.bytes,
            "a size that is not the shape's");
    require(tensor.data >= start && tensor.data + tensor.bytes <= start + size,
            "a variable outside the file");
    touch({tensor.data, tensor.bytes});
  }
  for (const Ctranslate2Alias& alias : file.aliases())
    require(&file.at(alias.first) == &file.at(alias.second), "an alias that leads elsewhere");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  static fuzz::MemoryFile file;
  fuzz::accepts([&] { fuzz::read_all(file.put(fuzz::as_text(data, size))); });
  return 0;
}
