#include <string>
#include <vector>

#include "regard/core/files.h"

#include "align/align_state.h"
#include "fuzz/fuzz_support.h"

// The state of an alignment. The bytes behind the mark at its beginning are the input, and the sum
// at its end is made here, because no fuzzer finds it; an input of odd length is the whole file.

namespace regard::fuzz {
namespace {

constexpr std::uint64_t kKey = 7;
constexpr std::uint64_t kMaxPasses = 9;

std::string with_sum(std::string_view input) {
  if (input.size() % 2 == 1) return std::string(input);
  const std::string body = "regard align 1\n\n" + std::string(input);
  const std::uint64_t sum = fingerprint(body);
  return body + std::string(reinterpret_cast<const char*>(&sum), sizeof sum);
}

void read_state(const std::filesystem::path& path) {
  std::vector<float> pairs(3);
  std::vector<float> words(2);
  const AlignState state = read_align_state(path, kKey, kMaxPasses, {pairs, words});
  require(state.key == kKey && state.num_passes_done <= kMaxPasses, "a state of another key");
  for (const float value : pairs)
    require(value >= 0 && value < 2, "no probability");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  static fuzz::MemoryFile file;
  const std::string bytes = fuzz::with_sum(fuzz::as_text(data, size));
  fuzz::accepts([&] { fuzz::read_state(file.put(bytes)); });
  return 0;
}
