#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/app/app.h"
#include "regard/core/random.h"
#include "regard/core/strings.h"

#include "core/file_support.h"

namespace regard {
namespace {

using test::slurp;
using test::spill;
using test::TemporaryFolder;

using Words = std::vector<std::string>;

constexpr std::size_t kTrain = 8000;
constexpr std::size_t kTest = 300;
// 12 words of one letter: 4 special pieces, the word mark, 12 letters and 12 words.
constexpr std::uint64_t kWords = 12;
constexpr int kPieces = 29;

/// Different sentences of 3 to 9 words.
std::vector<Words> sentences(std::size_t count) {
  RandomStream random(1);
  std::set<Words> seen;
  std::vector<Words> all;
  while (all.size() < count) {
    Words sentence(3 + random.below(7));
    for (std::string& word : sentence)
      word = std::string(1, static_cast<char>('a' + random.below(kWords)));
    if (seen.insert(sentence).second) all.push_back(sentence);
  }
  return all;
}

/// A run of the whole program on a task: text files, training, translation of unseen sentences.
class ToyTask {
 public:
  template <class Change>
  explicit ToyTask(Change change) {
    std::vector<Words> sources = sentences(kTrain + kTest);
    std::string text[4];
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::size_t side = i < kTrain ? 0 : 2;
      text[side] += join(sources[i], " ") + "\n";
      change(sources[i]);
      text[side + 1] += join(sources[i], " ") + "\n";
    }
    const char* names[] = {"train.src", "train.trg", "test.src", "test.trg"};
    for (int i = 0; i < 4; ++i)
      spill(folder_ / names[i], text[i]);
    spill(folder_ / "task.yaml",
          str("output: ", path("run"), "\nseed: 1\ndata:\n  train: [{source: ", path("train.src"),
              ", target: ", path("train.trg"), "}]\nvocabulary: {size: ", kPieces, "}\n",
              "model: {dim: 64, layers: 2, heads: 4, feed_forward: 256, norm: pre, "
              "dropout: {residual: 0.0, embedding: 0.0}}\n"
              "training:\n  batch_tokens: 640\n  schedule: {type: linear, peak: 2.0e-3, warmup: "
              "100}\n"
              "  label_smoothing: 0.0\n  max_updates: 700\n"
              "validation: {every: 0}\ncheckpoint: {every: 100000}\n"));
  }

  /// Share of the test sentences that are right from the first word to the last.
  double accuracy() {
    if (run({"train", path("task.yaml"), "--threads", "1"}) != 0) return -1;
    if (run({"translate", path("run"), "--input", path("test.src"), "--output", path("out"),
             "--beam-size", "1", "--threads", "1"}) != 0) {
      return -1;
    }
    const std::vector<std::string> answers = split(slurp(folder_ / "out"), '\n');
    const std::vector<std::string> expected = split(slurp(folder_ / "test.trg"), '\n');
    if (answers.size() != kTest + 1 || expected.size() != kTest + 1) return -1;
    double right = 0;
    for (std::size_t i = 0; i < kTest; ++i)
      right += answers[i] == expected[i] ? 1 : 0;
    return right / kTest;
  }

 private:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  static int run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "regard");
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments)
      pointers.push_back(argument.c_str());
    return run_app(static_cast<int>(pointers.size()), pointers.data(), torch_edition());
  }

  TemporaryFolder folder_;
};

TEST(WholeProgram, LearnsToCopyText) {
  EXPECT_GE(ToyTask([](Words&) {}).accuracy(), 0.98);
}

TEST(WholeProgram, LearnsToReverseText) {
  ToyTask task([](Words& sentence) { std::reverse(sentence.begin(), sentence.end()); });
  EXPECT_GE(task.accuracy(), 0.98);
}

}  // namespace
}  // namespace regard
