#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/metrics/alignment_error.h"

#include "fuzz/fuzz_support.h"

// Lines of word links: predicted, gold, and their agreement.

namespace regard::fuzz {
namespace {

std::string as_line(const Links& links) {
  std::string line;
  for (const auto& [source, target] : links)
    line += str(source, "-", target, " ");
  return line;
}

void read_predicted(std::string_view line) {
  const Links links = parse_links(line, {"fuzz.txt", 1});
  require(parse_links(as_line(links), {"again.txt", 1}) == links, "other links");
  accepts([&] { check_links(links, {3, 3}, {"fuzz.txt", 1}); });
}

void read_gold(const std::vector<std::string>& lines) {
  const std::vector<GoldLinks> gold = parse_gold_file(lines, "fuzz.txt");
  std::vector<Links> sure;
  for (const GoldLinks& one : gold)
    sure.push_back(one.sure);
  const AlignmentError error = alignment_error(sure, gold);
  require(error.error_rate == 0 && error.precision == 1 && error.recall == 1,
          "sure links do not agree with themselves");
  const std::vector<SentenceWords> words(lines.size(), SentenceWords{4, 4});
  accepts([&] { parse_gold_file(lines, "fuzz.txt", words); });
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fuzz = regard::fuzz;
  const std::vector<std::string> lines = regard::split(fuzz::as_text(data, size), '\n');
  for (const std::string& line : lines)
    fuzz::accepts([&] { fuzz::read_predicted(line); });
  fuzz::accepts([&] { fuzz::read_gold(lines); });
  return 0;
}
