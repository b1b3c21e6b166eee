#include <filesystem>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <vector>

#include "regard/core/strings.h"
#include "regard/data/batch_stream.h"
#include "regard/data/pair_batches.h"
#include "regard/text/tokenizer_training.h"

#include "core/benchmark_support.h"

namespace regard::benchmarks {
namespace {

constexpr std::size_t kPairs = 5000;

/// Sentences of 3 to 30 words.
std::vector<std::string> random_sentences(std::uint64_t seed) {
  RandomStream random(seed);
  std::vector<std::string> sentences(kPairs);
  for (std::string& sentence : sentences) {
    std::vector<std::string> words(3 + random.below(28));
    for (std::string& item : words)
      item = random_word(random);
    sentence = join(words, " ");
  }
  return sentences;
}

Tokenizer make_tokenizer(const std::vector<std::string>& sentences) {
  TokenizerTraining training;
  training.size = 200;
  training.next_sentence = [&, i = std::size_t{0}](std::string& sentence) mutable {
    if (i == sentences.size()) return false;
    sentence = sentences[i++];
    return true;
  };
  return train_tokenizer(training);
}

void write_lines(const std::filesystem::path& path, const std::vector<std::string>& lines) {
  std::ofstream(path) << join(lines, "\n") << "\n";
}

/// A corpus in memory; its files exist only while it is read.
Corpus make_corpus(const Tokenizer& tokenizer, bool keeps_text) {
  std::string folder = (std::filesystem::temp_directory_path() / "regard-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  const CorpusFiles files{folder + "/source", folder + "/target", 1.0, ""};
  write_lines(files.source, random_sentences(1));
  write_lines(files.target, random_sentences(2));
  CorpusLoading loading;
  loading.max_length = 0;
  loading.keep_text = keeps_text;
  Corpus corpus = Corpus::load({files}, tokenizer, tokenizer, loading);
  std::filesystem::remove_all(folder);
  return corpus;
}

/// Everything the trainer waits for: plans, padding, and with `alpha` > 0 other subwords each time.
void stream_epoch(benchmark::State& state, double alpha) {
  const Tokenizer tokenizer = make_tokenizer(random_sentences(1));
  const Corpus corpus = make_corpus(tokenizer, alpha > 0);
  PairBatchOptions batches;
  batches.sampling.alpha = alpha;
  const auto maker = std::make_shared<PairBatches>(corpus, tokenizer, tokenizer, batches);
  std::int64_t tokens = 0;
  for (auto _ : state) {
    BatchStream stream(maker, BatchStreamOptions{});
    tokens = 0;
    for (StreamedBatch next; next.next.epoch == 0; tokens += next.batch.target_tokens)
      next = stream.next();
  }
  report_rate(state, "tokens", tokens);
}

BENCHMARK_CAPTURE(stream_epoch, plain, 0.0)->Name("data/batch_stream")->Apply(usual);
BENCHMARK_CAPTURE(stream_epoch, sampled, 0.1)->Name("data/batch_stream/sampled")->Apply(usual);

}  // namespace
}  // namespace regard::benchmarks
