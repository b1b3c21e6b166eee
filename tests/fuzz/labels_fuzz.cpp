#include "regard/text/label_set.h"

#include "fuzz/fuzz_support.h"

// labels.json of any bytes.

namespace regard::fuzz {
namespace {

void read_labels(std::string_view text) {
  static MemoryFile file;
  const LabelSets sets = read_label_sets(file.put(text));
  for (const auto& [name, set] : sets) {
    require(set.size() == set.names().size(), "another number of names");
    for (std::size_t i = 0; i < set.size(); ++i)
      require(set.number(set.label(i), {}) == static_cast<std::int32_t>(i), "another number");
  }
  require_same_labels(sets, sets, "labels.json");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  regard::fuzz::accepts([&] { regard::fuzz::read_labels(regard::fuzz::as_text(data, size)); });
  return 0;
}
