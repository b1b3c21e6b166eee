#include <cmath>
#include <limits>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/decode/module_model.h"
#include "regard/engine/search.h"

#include "engine/exhaustive_search.h"
#include "engine/fixed_scorer.h"
#include "engine/prefix_scorer.h"
#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::batch_of;
using test::FixedScorer;
using test::Ids;
using test::PrefixScorer;
using test::random_rows;
using test::sources_of;
using test::tiny_model;
using test::TokenRows;
using test::with_end;
using testing::SizeIs;
using torch::Tensor;

constexpr std::int64_t kEnsembleVocabulary = 11;

using Results = std::vector<std::vector<Hypothesis>>;

Tensor id_tensor(const Ids& values) {
  return at::tensor(values, at::kLong);
}

Tensor tensor_of(const ScoreRows& scores) {
  return at::from_blob(scores.values, {scores.rows, scores.vocabulary}).clone();
}

EnsembleScorer ensemble_of(const std::vector<Seq2Seq>& models) {
  std::vector<std::unique_ptr<StepScorer>> members;
  for (Seq2Seq model : models)
    members.push_back(std::make_unique<ModuleScorer>(*model));
  return EnsembleScorer(std::move(members));
}

void expect_same_results(const Results& actual, const Results& expected) {
  ASSERT_FALSE(expected.empty());
  ASSERT_THAT(actual, SizeIs(expected.size()));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_FALSE(expected[i].empty());
    ASSERT_THAT(actual[i], SizeIs(expected[i].size()));
    for (std::size_t k = 0; k < actual[i].size(); ++k) {
      EXPECT_EQ(actual[i][k].tokens, expected[i][k].tokens);
      EXPECT_NEAR(actual[i][k].log_probability, expected[i][k].log_probability, 1e-4);
      EXPECT_NEAR(actual[i][k].score, expected[i][k].score, 1e-4);
    }
  }
}

TEST(Ensemble, GivesTheMeanOfTheProbabilities) {
  std::vector<std::unique_ptr<StepScorer>> members;
  members.push_back(std::make_unique<FixedScorer>(std::vector<double>{0.7, 0.2, 0.1}));
  members.push_back(std::make_unique<FixedScorer>(std::vector<double>{0.1, 0.3, 0.6}));
  members.push_back(std::make_unique<FixedScorer>(std::vector<double>{0.1, 0.898, 0.002}));
  EnsembleScorer scorer(std::move(members));
  scorer.start(batch_of({{4}, {5}}));
  const Tensor row = at::tensor({0.3, 1.398 / 3.0, 0.702 / 3.0}, at::kDouble);
  const Tensor expected = row.log().to(at::kFloat).repeat({2, 1});
  test::expect_near(tensor_of(scorer.next(Ids{2, 2})), expected, 1e-6);
}

TEST(Ensemble, KeepsWhatNoMemberButOneFindsPossible) {
  std::vector<std::unique_ptr<StepScorer>> members;
  members.push_back(std::make_unique<FixedScorer>(std::vector<double>{0.0, 1.0, 0.0}));
  members.push_back(std::make_unique<FixedScorer>(std::vector<double>{0.5, 0.5, 0.0}));
  EnsembleScorer scorer(std::move(members));
  scorer.start(batch_of({{4}}));
  const Tensor scores = tensor_of(scorer.next(Ids{2}))[0];
  EXPECT_NEAR(scores[0].item<double>(), std::log(0.25), 1e-6);
  EXPECT_NEAR(scores[1].item<double>(), std::log(0.75), 1e-6);
  EXPECT_EQ(scores[2].item<float>(), -std::numeric_limits<float>::infinity());
}

TEST(Ensemble, OfAModelWithItselfIsTheModel) {
  const TokenRows sources = random_rows({3, 9, 1, 6}, kEnsembleVocabulary, 7);
  Seq2Seq model = tiny_model(kEnsembleVocabulary, 2);
  SearchOptions options;
  options.beam_size = 4;
  options.num_best = 4;
  ModuleScorer alone(*model);
  const Results expected = beam_search(alone, batch_of(sources), {}, options);
  for (const std::size_t count : {1u, 2u, 3u}) {
    EnsembleScorer scorer = ensemble_of(std::vector<Seq2Seq>(count, model));
    expect_same_results(beam_search(scorer, batch_of(sources), {}, options), expected);
  }
}

TEST(Ensemble, TakesEveryMemberThroughEveryStep) {
  torch::NoGradGuard no_grad;
  const TokenBatch source = batch_of(random_rows({3, 9, 1}, kEnsembleVocabulary, 7));
  const std::vector<Seq2Seq> models = {tiny_model(kEnsembleVocabulary, 1),
                                       tiny_model(kEnsembleVocabulary, 2),
                                       tiny_model(kEnsembleVocabulary, 3)};
  EnsembleScorer scorer = ensemble_of(models);
  std::vector<ModuleScorer> members;
  for (Seq2Seq model : models)
    members.emplace_back(*model);
  scorer.start(source);
  for (ModuleScorer& member : members)
    member.start(source);
  const auto compare = [&](const Ids& ids) {
    Tensor sum = at::zeros({std::ssize(ids), kEnsembleVocabulary}, at::kDouble);
    for (ModuleScorer& member : members)
      sum += tensor_of(member.next(ids)).to(at::kDouble).exp();
    test::expect_near(tensor_of(scorer.next(ids)), (sum / 3.0).log().to(at::kFloat), 1e-5);
  };
  const auto reorder = [&](const Ids& rows) {
    scorer.reorder(rows);
    for (ModuleScorer& member : members)
      member.reorder(rows);
  };
  compare({2, 2, 2});
  reorder({0, 0, 1, 1, 2, 2});
  compare({4, 5, 6, 7, 8, 9});
  reorder({1, 0, 2, 2, 5, 4});
  compare({10, 4, 5, 6, 7, 8});
  scorer.keep(Ids{0, 2}, Ids{1, 1, 4, 5});
  for (ModuleScorer& member : members)
    member.keep(Ids{0, 2}, Ids{1, 1, 4, 5});
  compare({9, 8, 7, 6});
  compare({4, 4, 5, 10});
}

TEST(Ensemble, SearchedByAWideBeamGivesTheBestOfTheMeanProbabilities) {
  const std::int64_t vocabulary = 7;
  const TokenRows sources = {{4, 5}, {6}, {5, 5, 5}};
  SearchOptions options;
  options.beam_size = 128;
  options.num_best = 128;
  options.max_length_factor = 0.0;
  options.max_length_plus = 4;
  std::vector<std::unique_ptr<StepScorer>> members;
  for (const std::uint64_t seed : {1, 2})
    members.push_back(std::make_unique<PrefixScorer>(vocabulary, seed));
  EnsembleScorer scorer(std::move(members));
  const Results results = beam_search(scorer, batch_of(sources), {}, options);

  const PrefixScorer first(vocabulary, 1);
  const PrefixScorer second(vocabulary, 2);
  const test::NextToken mean = [&](const Ids& source, const Ids& prefix) {
    auto values = first.log_probabilities(source, prefix);
    const auto others = second.log_probabilities(source, prefix);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = std::log(0.5 * std::exp(values[i]) + 0.5 * std::exp(others[i]));
    return values;
  };
  test::WholeSequenceRules rules;
  rules.max_length = 4;
  Results expected;
  for (const auto& source : sources) {
    expected.push_back(test::exhaustive_search(mean, 7, with_end(source), rules, options));
    EXPECT_THAT(expected.back(), SizeIs(121));
  }
  expect_same_results(results, expected);
}

TEST(Ensemble, SearchedByANarrowBeamHasTheProbabilitiesOfTheMean) {
  // Sentences that end at different steps, so that members have to reorder and to drop some.
  const TokenRows sources = random_rows({3, 9, 1, 6}, kEnsembleVocabulary, 7);
  const std::vector<Seq2Seq> models = {tiny_model(kEnsembleVocabulary, 1),
                                       tiny_model(kEnsembleVocabulary, 2)};
  SearchOptions options;
  options.beam_size = 3;
  options.num_best = 3;
  options.max_length_factor = 1.0;
  EnsembleScorer scorer = ensemble_of(models);
  const Results results = beam_search(scorer, batch_of(sources), {}, options);
  ASSERT_THAT(results, SizeIs(4));
  torch::NoGradGuard no_grad;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    for (const Hypothesis& hypothesis : results[i]) {
      Tensor mean;
      for (Seq2Seq model : models) {
        const EncoderOutput encoded = model->encode(sources_of({sources[i]}), {});
        const Tensor hidden =
            model->decode(test::decoder_inputs_of({hypothesis.tokens}), encoded, {});
        const Tensor part = at::softmax(model->logits(hidden)[0], -1, torch::kDouble) / 2.0;
        mean = mean.defined() ? mean + part : part;
      }
      Ids said(hypothesis.tokens.begin(), hypothesis.tokens.end());
      said.push_back(3);
      const Tensor values = mean.gather(1, id_tensor(said).unsqueeze(1)).log();
      EXPECT_NEAR(hypothesis.log_probability, values.sum().item<double>(), 1e-4);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 12u);
}

}  // namespace
}  // namespace regard
