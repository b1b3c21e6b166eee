#include <string>

#include "regard/formats/npz.h"
#include "regard/formats/zip.h"

#include "formats/npz_array.h"
#include "formats/safetensors_header.h"
#include "fuzz/fuzz_support.h"

// A zip file, the same as a file of NumPy arrays, and the bytes of one array.

namespace regard::fuzz {
namespace {

void check_array(const TensorView& array) {
  std::uint64_t bytes = 0;
  require(count_bytes(array.shape, array.dtype, bytes) && bytes == array.bytes,
          "a size that is not the shape's");
  touch({array.data, array.bytes});
}

void read_zip(const std::filesystem::path& path) {
  constexpr std::size_t kMaxBytes = 1 << 20;
  const ZipFile file = ZipFile::open(path);
  for (const std::string& name : file.names()) {
    accepts([&] {
      require(file.read(name, kMaxBytes).size() == file.size(name), "another size than stated");
    });
  }
}

void read_npz(const std::filesystem::path& path) {
  const NpzFile file = NpzFile::open(path);
  for (const std::string& name : file.names())
    check_array(file.at(name));
}

void read_array(std::string_view bytes) {
  try {
    check_array(parse_npy(std::as_bytes(std::span(bytes))));
  } catch (const NpyProblem& problem) {
    require(!problem.what.empty() && !problem.fix.empty(), "a problem without words");
  }
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  static fuzz::MemoryFile file;
  const std::string_view bytes = fuzz::as_text(data, size);
  if (bytes.starts_with("\x93NUMPY")) {
    fuzz::read_array(bytes);
    return 0;
  }
  const std::filesystem::path& path = file.put(bytes);
  fuzz::accepts([&] { fuzz::read_zip(path); });
  fuzz::accepts([&] { fuzz::read_npz(path); });
  return 0;
}
