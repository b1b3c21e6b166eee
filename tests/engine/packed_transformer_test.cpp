#include "regard/engine/packed_transformer.h"

#include <cmath>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/engine/forced_scores.h"
#include "regard/engine/parallel.h"
#include "regard/engine/search.h"

#include "engine/tiny_transformer.h"
#include "formats/temporary_folder.h"
#include "support/token_rows.h"

namespace regard {
namespace {

using test::average_plan;
using test::batch_of;
using test::random_rows;
using test::random_weights;
using test::tiny_plan;
using test::tiny_transformer;
using test::TokenRows;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t kWords = 23;

std::vector<float> values_of(const ScoreRows& scores) {
  return {scores.values, scores.values + scores.rows * scores.vocabulary};
}

/// Scores of some steps in which hypotheses multiply, change places and leave.
std::vector<std::vector<float>> steps_of(const PackedTransformer& transformer,
                                         const TokenRows& sources) {
  using Numbers = std::vector<std::int64_t>;
  const auto scorer = transformer.scorer();
  scorer->start(batch_of(sources));
  std::vector<std::vector<float>> steps;
  steps.push_back(values_of(scorer->next(Numbers{2, 2, 2})));
  scorer->reorder(Numbers{0, 0, 1, 1, 2, 2});
  steps.push_back(values_of(scorer->next(Numbers{4, 5, 6, 7, 8, 9})));
  scorer->reorder(Numbers{1, 0, 2, 2, 5, 4});
  steps.push_back(values_of(scorer->next(Numbers{9, 8, 7, 6, 5, 4})));
  scorer->keep(Numbers{0, 2}, Numbers{1, 1, 4, 5});
  steps.push_back(values_of(scorer->next(Numbers{4, 4, 10, 11})));
  return steps;
}

const std::vector<TransformerPlan>& plans() {
  static const std::vector<TransformerPlan> all = [] {
    TransformerPlan learned = tiny_plan(kWords);
    learned.position = PositionKind::learned;
    learned.max_positions = 12;
    learned.has_target_table = learned.has_output_matrix = learned.has_output_bias = true;
    return std::vector{tiny_plan(kWords), average_plan(kWords), learned};
  }();
  return all;
}

TEST(PackedTransformer, GivesProbabilities) {
  for (const TransformerPlan& plan : plans()) {
    const auto steps = steps_of(*tiny_transformer(plan), random_rows({4, 1, 9}, kWords));
    ASSERT_THAT(steps, SizeIs(4));
    for (const std::vector<float>& step : steps) {
      ASSERT_EQ(step.size() % kWords, 0u);
      for (auto row = step.begin(); row != step.end(); row += kWords) {
        double sum = 0;
        for (auto value = row; value != row + kWords; ++value)
          sum += std::exp(*value);
        EXPECT_NEAR(sum, 1.0, 1e-5);
      }
    }
  }
}

TEST(PackedTransformer, AHypothesisDoesNotDependOnItsBatch) {
  for (const TransformerPlan& plan : plans()) {
    const auto transformer = tiny_transformer(plan);
    const TokenRows sources = random_rows({4, 1, 9}, kWords);
    SearchOptions options;
    options.num_best = 3;
    options.max_length_plus = 3;
    options.max_length_factor = 0.5;
    const auto together = beam_search(*transformer->scorer(), batch_of(sources), {}, options);
    ASSERT_THAT(together, SizeIs(3));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto alone = beam_search(*transformer->scorer(), batch_of({sources[i]}), {}, options);
      ASSERT_EQ(alone.at(0).size(), together[i].size());
      for (std::size_t k = 0; k < together[i].size(); ++k) {
        EXPECT_EQ(alone[0][k].tokens, together[i][k].tokens);
        EXPECT_NEAR(alone[0][k].score, together[i][k].score, 1e-5);
      }
    }
  }
}

TEST(PackedTransformer, SearchesAddUpWhatForcedScoresSay) {
  for (const TransformerPlan& plan : plans()) {
    const auto transformer = tiny_transformer(plan);
    const TokenRows sources = random_rows({4, 1, 9}, kWords);
    SearchOptions options;
    options.max_length_plus = 3;
    options.max_length_factor = 0.5;
    const auto found = greedy_search(*transformer->scorer(), batch_of(sources), {}, options);
    std::vector<TokenPair> pairs;
    for (std::size_t i = 0; i < sources.size(); ++i)
      pairs.push_back({sources[i], found.at(i).tokens});
    const auto scores = forced_scores(*transformer->scorer(), pairs, {});
    ASSERT_THAT(scores, SizeIs(3));
    for (std::size_t i = 0; i < sources.size(); ++i) {
      double sum = 0;
      for (const double score : scores[i])
        sum += score;
      EXPECT_NEAR(sum, found[i].log_probability, 1e-4);
    }
  }
}

TEST(PackedTransformer, ThreadsChangeNothing) {
  const int before = compute_threads();
  for (const WeightType type : {WeightType::float32, WeightType::int8}) {
    const auto transformer = tiny_transformer(tiny_plan(kWords), 1, type);
    const TokenRows sources = random_rows({40, 11, 29}, kWords);
    use_compute_threads(1);
    const auto alone = steps_of(*transformer, sources);
    use_compute_threads(3);
    EXPECT_EQ(steps_of(*transformer, sources), alone);
  }
  use_compute_threads(before);
}

TEST(PackedTransformer, SaysWhereItLooks) {
  for (const TransformerPlan& plan : plans()) {
    const auto transformer = tiny_transformer(plan);
    const TokenRows sources = random_rows({5, 2, 7}, kWords, 3);
    const TokenRows targets = random_rows({3, 6, 1}, kWords, 4);
    std::vector<TokenPair> pairs;
    for (std::size_t i = 0; i < sources.size(); ++i)
      pairs.push_back({sources[i], targets[i]});
    const auto mean = transformer->cross_attention(pairs, {}, {});
    ASSERT_THAT(mean, SizeIs(3));
    std::vector<std::vector<AttentionMatrix>> parts;
    for (const std::int64_t layer : {0, 1}) {
      for (const std::int64_t head : {0, 1})
        parts.push_back(transformer->cross_attention(pairs, {}, {layer, head}));
    }
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      ASSERT_EQ(mean[i].targets, std::ssize(targets[i]));
      ASSERT_EQ(mean[i].sources, std::ssize(sources[i]));
      const auto alone = transformer->cross_attention({pairs[i]}, {}, {});
      for (std::size_t j = 0; j < mean[i].values.size(); ++j) {
        float sum = 0;
        for (const auto& part : parts)
          sum += part[i].values[j];
        ASSERT_GT(mean[i].values[j], 0.0F);
        EXPECT_NEAR(mean[i].values[j], sum / 4, 1e-6);
        EXPECT_NEAR(mean[i].values[j], alone.at(0).values[j], 1e-6);
      }
    }
  }
}

TEST(PackedTransformer, LearnedPositionsEnd) {
  const auto transformer = tiny_transformer(plans().at(2));
  EXPECT_THROW(transformer->scorer()->start(batch_of(random_rows({12}, kWords))), UserError);
  transformer->scorer()->start(batch_of(random_rows({11}, kWords)));
}

/// A weight file, and what becomes of it when it is read.
class WeightFile : public testing::Test {
 protected:
  SafetensorsFile written(const WeightMap& weights, Metadata metadata = {}) const {
    std::vector<NamedTensor> tensors;
    for (const auto& [name, view] : weights) {
      std::size_t bytes = sizeof(float);
      for (const std::int64_t size : view.shape)
        bytes *= static_cast<std::size_t>(size);
      tensors.push_back(
          {name, {DType::f32, view.shape, reinterpret_cast<const std::byte*>(view.data), bytes}});
    }
    write_safetensors(folder_ / "w.safetensors", tensors, std::move(metadata));
    return SafetensorsFile::open(folder_ / "w.safetensors");
  }
  std::string refusal(const WeightMap& weights) const {
    try {
      read_weights(written(weights), plan_);
    } catch (const UserError& error) {
      return error.what();
    }
    return "none";
  }

  TemporaryFolder folder_;
  TransformerPlan plan_ = average_plan(kWords);
  WeightMap weights_ = random_weights(plan_);
};

TEST_F(WeightFile, GivesTheBitsOfTheWeights) {
  const TokenRows sources = random_rows({4, 1, 9}, kWords);
  for (const WeightType type : {WeightType::float32, WeightType::bfloat16, WeightType::int8}) {
    const PackedTransformer live(plan_, weights_, type);
    const PackedTransformer read(plan_, read_weights(written(weights_), plan_), type);
    EXPECT_EQ(steps_of(read, sources), steps_of(live, sources));
  }
}

TEST_F(WeightFile, OfAnotherModelIsRefused) {
  EXPECT_EQ(refusal(weights_), "none");
  WeightMap other = weights_;
  other.erase("decoder.blocks.1.ffn.network.inner.bias");
  EXPECT_THAT(refusal(other), HasSubstr("inner.bias' is missing"));
  other = weights_;
  other["strange"] = weights_["encoder.blocks.final_norm.bias"];
  EXPECT_THAT(refusal(other), HasSubstr("'strange' is not part of the model"));
  other = weights_;
  other["encoder.blocks.final_norm.bias"].shape = {4, 4};
  EXPECT_THAT(refusal(other), HasSubstr("has the shape [4, 4], the model needs [16]"));
  other = weights_;
  std::vector<float> values(16, 0.5F);
  values[7] = std::nanf("");
  other["encoder.blocks.final_norm.bias"].data = values.data();
  EXPECT_THAT(refusal(other), HasSubstr("contains non-finite values"));
}

}  // namespace
}  // namespace regard
