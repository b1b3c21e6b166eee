#include <string>

#include "regard/formats/ctranslate2.h"

#include "fuzz/fuzz_support.h"
#include "fuzz/tensor_files.h"

// A model.bin of CTranslate2.

namespace regard::fuzz {
namespace {

void read_all(const std::filesystem::path& path) {
  const Ctranslate2File file = Ctranslate2File::open(path);
  require_whole_tensors(file, path);
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
