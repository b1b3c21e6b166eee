#include <algorithm>
#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/metrics/make_metric.h"
#include "regard/metrics/significance.h"

#include "core/benchmark_support.h"

namespace regard::benchmarks {
namespace {

constexpr std::size_t kSentences = 1000;

struct Texts {
  std::vector<std::string> hypotheses;
  std::vector<std::vector<std::string>> references{1};
};

/// A translation of which a third of the words differ and the beginning stands at the end.
std::vector<std::string> changed(std::vector<std::string> words, RandomStream& random) {
  for (std::string& item : words) {
    if (random.below(3) == 0) item = random_word(random);
  }
  std::rotate(words.begin(), words.begin() + 2, words.end());
  return words;
}

/// Sentences of 5 to 35 words with their translations.
Texts make_texts() {
  RandomStream random(1);
  Texts texts;
  for (std::size_t i = 0; i < kSentences; ++i) {
    std::vector<std::string> words(5 + random.below(31));
    for (std::string& item : words)
      item = random_word(random);
    texts.hypotheses.push_back(join(changed(words, random), " ") + ".");
    texts.references[0].push_back(join(words, " ") + ".");
  }
  return texts;
}

void score_corpus(benchmark::State& state, const std::string& name) {
  const Texts texts = make_texts();
  const auto metric = make_metric(name);
  for (auto _ : state)
    benchmark::DoNotOptimize(corpus_score(*metric, texts.hypotheses, texts.references));
  report_rate(state, "sentences", kSentences);
}

BENCHMARK_CAPTURE(score_corpus, bleu, "bleu")->Name("metrics/bleu")->Apply(usual);
BENCHMARK_CAPTURE(score_corpus, chrf, "chrf")->Name("metrics/chrf")->Apply(usual);
BENCHMARK_CAPTURE(score_corpus, chrf_words, "chrf++")->Name("metrics/chrf++")->Apply(usual);
BENCHMARK_CAPTURE(score_corpus, ter, "ter")->Name("metrics/ter")->Apply(usual);

void resample(benchmark::State& state) {
  const Texts texts = make_texts();
  const auto metric = make_metric("bleu");
  const auto statistics = corpus_statistics(*metric, texts.hypotheses, texts.references);
  const BootstrapOptions options;
  for (auto _ : state)
    benchmark::DoNotOptimize(bootstrap_confidence(*metric, statistics, options));
  report_rate(state, "resamples", options.num_resamples);
}

BENCHMARK(resample)->Name("metrics/bootstrap")->Apply(usual);

}  // namespace
}  // namespace regard::benchmarks
