#include "regard/tasks/task_data.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/model/weights.h"
#include "regard/tasks/task_training.h"
#include "regard/tensor/torch.h"
#include "regard/text/tokenizer_training.h"
#include "regard/train/optimizer.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTsv =
    "yes\tone two three\nno\tfour\nyes\tfive six\nno\ttwo one\nyes\tthree three\n";
constexpr const char* kConll =
    "one\tB-A\ntwo\tI-A\nthree\tO\n\nfour\tO\n\nfive\tB-B\nsix\tB-A\ntwo\tI-A\none\tO\n";
constexpr const char* kPairs = "yes\tone two\tthree\nno\tfour\tfive six one\nyes\tsix\tsix\n";

Tokenizer words_tokenizer() {
  std::vector<std::string> lines(20, "one two three four five six");
  TokenizerTraining training;
  training.size = 100;
  training.type = VocabularyType::word;
  training.user_symbols = {"<mask>"};
  training.name = "words";
  training.next_sentence = [lines, i = std::size_t{0}](std::string& line) mutable {
    if (i == lines.size()) return false;
    line = lines[i++];
    return true;
  };
  return train_tokenizer(training);
}

/// A task, its file, and what its network works with.
struct SmallTask {
  std::filesystem::path file;
  DataOptions data;
  ModelOptions model;
  std::shared_ptr<const Task> task;
  TaskParts parts;

  SmallTask(const std::string& name, const std::string& text)
      : file(std::filesystem::temp_directory_path() /
             ("regard_task_" + name + std::to_string(::getpid()))),
        parts{words_tokenizer(), {}, {}, {}} {
    std::ofstream(file) << text;
    model.dim = 16;
    model.layers = 1;
    model.heads = 2;
    model.feed_forward = 32;
    model.head.emplace();
    model = expand(model);
    task = make_task(name, {data, model});
    if (!task->has_labels()) return;
    LabelCounter labels;
    const auto reader = task->read(file, {});
    for (Example example; reader->next(example); example = {}) {
      for (const std::string& label : example.labels)
        labels.add(label, example.place);
    }
    parts.labels = labels.labels();
  }
  ~SmallTask() { std::filesystem::remove(file); }

  std::shared_ptr<TaskBatches> batches() const {
    const CorpusLoading loading;
    const TaskFormat format(*task, parts, loading);
    return std::make_shared<TaskBatches>(task, parts,
                                         Corpus::load({{file, {}, 1.0, ""}}, format, loading));
  }
  std::shared_ptr<EncoderNetworkImpl> network() const {
    return make_encoder_network(
        model, parts.tokenizer.size(),
        [&](const HeadSetup& setup) { return task->make_head(setup, parts); }, 3);
  }
  std::vector<Example> examples() const {
    std::vector<Example> all;
    const auto reader = task->read(file, {});
    for (Example example; reader->next(example); example = {}) {
      task->encode(example, parts);
      all.push_back(example);
    }
    return all;
  }
};

std::vector<std::pair<std::string, std::string>> all_small_tasks() {
  return {{"classify", kTsv},
          {"pair", kPairs},
          {"tag", kConll},
          {"masked_lm", "one two three four\nfive six one\nsix\n"}};
}

TEST(Tasks, TheRegistryKnowsThemAndTheFirstTranslates) {
  ASSERT_GE(all_tasks().size(), 2U);
  EXPECT_EQ(all_tasks().front().name, "translate");
  EXPECT_FALSE(all_tasks().front().has_head);
  for (const TaskSpec& spec : all_tasks()) {
    EXPECT_EQ(find_task(spec.name), &spec);
    EXPECT_FALSE(spec.summary.empty());
    EXPECT_TRUE(spec.metrics);
  }
  EXPECT_EQ(find_task("nothing"), nullptr);
}

/// A batch and its halves give the same sums, so a batch may be split for lack of memory.
TEST(Tasks, HalvesOfABatchAddUpToIt) {
  for (const auto& [name, text] : all_small_tasks()) {
    SCOPED_TRACE(name);
    const SmallTask small(name, text);
    const auto batches = small.batches();
    ASSERT_GE(batches->corpus().size(), 3);
    const std::vector<std::int64_t> rows = {0, 1, 2};
    const Batch batch = batches->make(rows, {1, 2, 3});
    ASSERT_GT(batch.target_tokens, 0);
    TaskObjective objective(small.task, small.network(), 0.1);
    const auto [first, second] = batch.halves();
    EXPECT_EQ(first.target_tokens + second.target_tokens, batch.target_tokens);
    const auto loss = [&](const Batch& part) {
      return objective.loss(part, {}).negative_log_likelihood.item<double>();
    };
    EXPECT_GT(loss(batch), 0.0);
    EXPECT_NEAR(loss(first) + loss(second), loss(batch), 1e-3);
  }
}

TEST(Tasks, ABatchIsAFunctionOfItsNumber) {
  for (const auto& [name, text] : all_small_tasks()) {
    SCOPED_TRACE(name);
    const SmallTask small(name, text);
    const auto batches = small.batches();
    const std::vector<std::int64_t> rows = {2, 0};
    const Batch first = batches->make(rows, {1, 2, 3});
    const Batch again = batches->make(rows, {1, 2, 3});
    expect_identical(first.source.ids, again.source.ids);
    ASSERT_EQ(first.fields.size(), again.fields.size());
    for (std::size_t i = 0; i < first.fields.size(); ++i)
      expect_identical(first.fields[i], again.fields[i]);
    const Batch largest = batches->largest(64);
    EXPECT_GE(largest.source.ids.size(1), first.source.ids.size(1));
    EXPECT_GT(largest.target_tokens, 0);
  }
}

/// Every head learns its few examples by heart, gradients reach every weight.
TEST(Tasks, LearnTheirExamples) {
  for (const auto& [name, text] : all_small_tasks()) {
    if (name == "masked_lm") continue;  // what is hidden cannot be known
    SCOPED_TRACE(name);
    const SmallTask small(name, text);
    const auto batches = small.batches();
    const auto network = small.network();
    TaskObjective objective(small.task, network, 0.0);
    Optimizer optimizer({}, named_weights(*network));
    std::vector<std::int64_t> rows(static_cast<std::size_t>(batches->corpus().size()));
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = static_cast<std::int64_t>(i);
    for (int step = 0; step < 150; ++step) {
      optimizer.zero_gradients();
      objective.loss(batches->make(rows, {}), {}).total.backward();
      if (step == 0) {
        for (const auto& parameter : network->named_parameters())
          EXPECT_TRUE(parameter.value().grad().defined()) << parameter.key();
      }
      optimizer.step(5e-3);
    }
    TaskAnswerer answerer({small.task, small.parts, network}, small.examples(), {});
    const auto answers = answerer.answer(nullptr);
    ASSERT_TRUE(answers.has_value());
    std::vector<std::string> expected;
    for (const Example& example : small.examples())
      expected.push_back(expected_answer(example));
    ASSERT_GE(expected.size(), 3U);
    EXPECT_EQ(*answers, expected);
  }
}

TEST(Tasks, AnswersAreInTheOrderOfTheExamplesWhateverTheBatches) {
  for (const auto& [name, text] : all_small_tasks()) {
    SCOPED_TRACE(name);
    const SmallTask small(name, text);
    const TaskModel model{small.task, small.parts, small.network()};
    AnsweringOptions one_by_one;
    one_by_one.batch_tokens = 1;
    const auto some = answer_examples(model, small.examples(), {}, nullptr);
    const auto single = answer_examples(model, small.examples(), one_by_one, nullptr);
    ASSERT_TRUE(some && single);
    ASSERT_GE(some->size(), 3U);
    if (name == "masked_lm") continue;  // masks are drawn by batch
    for (std::size_t i = 0; i < some->size(); ++i) {
      EXPECT_EQ((*some)[i].front().line, (*single)[i].front().line);
      EXPECT_NEAR((*some)[i].front().probability, (*single)[i].front().probability, 1e-5);
    }
  }
}

TEST(Classify, RefusesALabelThatTrainingDoesNotHave) {
  const SmallTask small("classify", kTsv);
  Example example;
  example.texts = {"one"};
  example.labels = {"yess"};
  example.place = {"valid.tsv", 7};
  try {
    small.task->encode(example, small.parts);
    FAIL() << "it was taken";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("valid.tsv:7: label 'yess'"));
  }
}

TEST(Classify, ProbabilitiesAreThoseOfASoftmax) {
  const SmallTask small("classify", kTsv);
  AnsweringOptions two;
  two.count = 5;
  const auto found =
      answer_examples({small.task, small.parts, small.network()}, small.examples(), two, nullptr);
  ASSERT_TRUE(found.has_value());
  for (const auto& ranked : *found) {
    ASSERT_EQ(ranked.size(), 2U) << "there are two labels";
    EXPECT_GE(ranked[0].probability, ranked[1].probability);
    EXPECT_NEAR(ranked[0].probability + ranked[1].probability, 1.0, 1e-9);
  }
}

TEST(Tag, WordsKeepTheirFirstSubwords) {
  const SmallTask small("tag", kConll);
  const std::vector<Example> examples = small.examples();
  ASSERT_EQ(examples.size(), 3U);
  EXPECT_EQ(expected_answer(examples[0]), "B-A I-A O");
  EXPECT_THAT(examples[2].notes.first, ElementsAre(0, 1, 2, 3));
  const Batch batch = small.batches()->make(std::vector<std::int64_t>{0, 1}, {});
  ASSERT_EQ(batch.fields.size(), 2U);
  expect_identical(batch.fields[0], at::tensor({0, 1, 2, 0, -1, -1}, at::kLong).view({2, 3}));
  EXPECT_EQ(batch.target_tokens, 4);
  expect_identical(batch.units, at::tensor({3, 1}, at::kLong));
}

TEST(MaskedLm, FillsTheMasksOfALine) {
  const SmallTask small("masked_lm", "one two\n");
  Line line;
  line.text = "one <mask> three <mask>";
  Example example = small.task->example_of(line, {"standard input", 1});
  small.task->encode(example, small.parts);
  AnsweringOptions three;
  three.count = 3;
  const auto found =
      answer_examples({small.task, small.parts, small.network()}, {example}, three, nullptr);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->front().size(), 3U);
  for (const Answer& answer : found->front()) {
    EXPECT_EQ(std::count(answer.line.begin(), answer.line.end(), ' '), 1) << answer.line;
    EXPECT_GT(answer.probability, 0.0);
  }
}

}  // namespace
}  // namespace regard
