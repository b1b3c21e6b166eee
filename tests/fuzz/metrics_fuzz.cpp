#include <cmath>
#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/metrics/make_metric.h"

#include "fuzz/fuzz_support.h"

// Any two texts get a score: BLEU with every tokenizer, chrF, chrF++ and TER. The first byte of the
// input chooses, the next line is the translation, the rest the references.

namespace regard::fuzz {
namespace {

std::unique_ptr<Metric> chosen_metric(std::uint8_t choice) {
  static const std::vector<std::string> kNames = metric_names();
  static const std::vector<std::string> kTokenizers = bleu_tokenizer_names();
  MetricOptions options;
  options.bleu.tokenizer =
      parse_bleu_tokenizer(kTokenizers[(choice / kNames.size()) % kTokenizers.size()]);
  return make_metric(kNames[choice % kNames.size()], options);
}

void check_score(const Metric& metric, const MetricScore& score) {
  require(std::isfinite(score.score) && score.score >= 0, "a score that is not a number");
  require(!metric.is_higher_better() || score.score <= 100 + 1e-9, "a score above 100");
}

void measure(std::string_view input) {
  const std::unique_ptr<Metric> metric = chosen_metric(take_byte(input));
  const std::vector<std::string> lines = split(input, '\n');
  ScoreAccumulator total(*metric);
  std::vector<std::string_view> references(lines.begin() + 1, lines.end());
  if (references.empty()) references.emplace_back();
  total.add(lines[0], references);
  check_score(*metric, total.score());
  ScoreAccumulator itself(*metric);
  itself.add(lines[0], lines[0]);
  check_score(*metric, itself.score());
  require(metric->is_higher_better() || itself.score().score == 0, "errors against itself");
}

}  // namespace
}  // namespace regard::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  regard::fuzz::accepts([&] { regard::fuzz::measure(regard::fuzz::as_text(data, size)); });
  return 0;
}
