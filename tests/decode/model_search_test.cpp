#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/decode/module_model.h"
#include "regard/engine/search.h"

#include "support/tiny_model.h"

namespace regard {
namespace {

using test::decoder_inputs_of;
using test::random_rows;
using test::sources_of;
using test::tiny_model;
using test::TokenRows;
using torch::Tensor;

constexpr std::int64_t kSearchVocabulary = 11;

using Results = std::vector<std::vector<Hypothesis>>;

Results beam(Seq2Seq& model, const TokenRows& sources, const SearchOptions& options) {
  ModuleScorer scorer(*model);
  return beam_search(scorer, test::batch_of(sources), {}, options);
}

std::vector<Hypothesis> greedy(Seq2Seq& model, const TokenRows& sources,
                               const SearchOptions& options) {
  ModuleScorer scorer(*model);
  return greedy_search(scorer, test::batch_of(sources), {}, options);
}

/// log p(tokens and the end mark | source) of a full pass over the whole target.
double teacher_forced(Seq2Seq& model, const std::vector<std::int32_t>& source,
                      const std::vector<std::int32_t>& tokens) {
  torch::NoGradGuard no_grad;
  const EncoderOutput encoded = model->encode(sources_of({source}), {});
  const Tensor hidden = model->decode(decoder_inputs_of({tokens}), encoded, {});
  const Tensor all = at::log_softmax(model->logits(hidden)[0], -1, torch::kDouble);
  double sum = 0;
  for (std::size_t i = 0; i <= tokens.size(); ++i) {
    const std::int64_t token = i < tokens.size() ? tokens[i] : 3;
    sum += all[static_cast<std::int64_t>(i)][token].item<double>();
  }
  return sum;
}

void expect_same_hypothesis(const Hypothesis& actual, const Hypothesis& expected) {
  EXPECT_EQ(actual.tokens, expected.tokens);
  EXPECT_NEAR(actual.log_probability, expected.log_probability, 1e-4);
  EXPECT_NEAR(actual.score, expected.score, 1e-4);
}

TEST(ModelSearch, WidthOneEqualsGreedy) {
  std::size_t longest = 0;
  std::size_t shortest = 100;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    Seq2Seq model = tiny_model(kSearchVocabulary, seed);
    const TokenRows sources = random_rows({3, 9, 1, 6, 12}, kSearchVocabulary, seed);
    for (const char* penalty : {"none", "average:1.0", "gnmt:0.6"}) {
      SearchOptions options;
      options.beam_size = 1;
      options.max_length_factor = 1.0;
      options.length_penalty = parse_length_penalty(penalty);
      const Results searched = beam(model, sources, options);
      const std::vector<Hypothesis> chosen = greedy(model, sources, options);
      ASSERT_EQ(searched.size(), sources.size());
      ASSERT_EQ(chosen.size(), sources.size());
      for (std::size_t i = 0; i < sources.size(); ++i) {
        ASSERT_EQ(searched[i].size(), 1u);
        expect_same_hypothesis(searched[i][0], chosen[i]);
        longest = std::max(longest, chosen[i].tokens.size());
        shortest = std::min(shortest, chosen[i].tokens.size());
      }
    }
  }
  EXPECT_LT(shortest, 5u) << "no sentence ended by itself";
  EXPECT_GT(longest, 10u);
}

TEST(ModelSearch, ProbabilitiesAreThoseOfAFullPass) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Seq2Seq model = tiny_model(kSearchVocabulary, seed);
    const TokenRows sources = random_rows({3, 9, 1, 6}, kSearchVocabulary, seed);
    SearchOptions options;
    options.beam_size = 4;
    options.num_best = 4;
    const Results results = beam(model, sources, options);
    const std::vector<Hypothesis> chosen = greedy(model, sources, options);
    ASSERT_EQ(results.size(), sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      ASSERT_EQ(results[i].size(), 4u);
      for (const Hypothesis& hypothesis : results[i]) {
        const double expected = teacher_forced(model, sources[i], hypothesis.tokens);
        EXPECT_NEAR(hypothesis.log_probability, expected, 1e-4);
      }
      EXPECT_NEAR(chosen[i].log_probability, teacher_forced(model, sources[i], chosen[i].tokens),
                  1e-4);
    }
  }
}

TEST(ModelSearch, ASentenceDoesNotDependOnItsBatch) {
  Seq2Seq model = tiny_model(kSearchVocabulary, 2);
  const TokenRows sources = random_rows({3, 9, 1, 6, 12}, kSearchVocabulary, 7);
  TokenRows reversed(sources.rbegin(), sources.rend());
  SearchOptions options;
  options.beam_size = 3;
  options.num_best = 3;
  const Results together = beam(model, sources, options);
  const Results backwards = beam(model, reversed, options);
  const std::vector<Hypothesis> chosen = greedy(model, sources, options);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Results alone = beam(model, {sources[i]}, options);
    ASSERT_EQ(together[i].size(), 3u);
    for (std::size_t k = 0; k < 3; ++k) {
      expect_same_hypothesis(together[i][k], alone.at(0).at(k));
      expect_same_hypothesis(together[i][k], backwards[sources.size() - 1 - i].at(k));
    }
    expect_same_hypothesis(chosen[i], greedy(model, {sources[i]}, options).at(0));
  }
}

TEST(ModelSearch, GreedyRespectsTheLengthLimits) {
  Seq2Seq model = tiny_model(kSearchVocabulary, 4);
  const TokenRows sources = random_rows({0, 2, 8}, kSearchVocabulary);
  SearchOptions options;
  options.max_length_factor = 1.5;
  options.max_length_plus = 1;
  options.min_length = 3;
  const std::vector<Hypothesis> chosen = greedy(model, sources, options);
  const std::size_t limits[] = {3, 4, 13};
  ASSERT_EQ(chosen.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GE(chosen[i].tokens.size(), 3u);
    EXPECT_LE(chosen[i].tokens.size(), limits[i]);
    EXPECT_THAT(chosen[i].tokens, testing::Each(testing::Gt(3)));
  }
}

TEST(ModelSearch, AWiderBeamFindsNoWorseTranslationsOnTheWhole) {
  double narrow = 0;
  double wide = 0;
  SearchOptions options;
  options.length_penalty = {LengthPenalty::Kind::none, 0.0};
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    Seq2Seq model = tiny_model(kSearchVocabulary, seed);
    const TokenRows sources = random_rows({3, 9, 1, 6}, kSearchVocabulary, seed);
    for (const Hypothesis& hypothesis : greedy(model, sources, options))
      narrow += hypothesis.score;
    options.beam_size = 8;
    for (const auto& hypotheses : beam(model, sources, options))
      wide += hypotheses.at(0).score;
  }
  EXPECT_GT(wide, narrow);
}

/// Recurrent models: attention before and after the cell, fed back or not, and none.
std::vector<ModelOptions> recurrent_options() {
  SublayerOptions recurrent;
  recurrent.rnn = RnnOptions{CellKind::gru, 8, true, DirectionMerge::concat};
  recurrent.combine = Combine::replace;
  ModelOptions options = test::tiny_options();
  options.layers = options.heads = options.feed_forward = 0;
  options.position = PositionKind::none;
  options.encoder.emplace().blocks = BlocksOptions{1, NormPlacement::none, {recurrent}};
  DecoderOptions without;
  without.kind = DecoderKind::rnn;
  DecoderOptions before = without;
  before.attend = Attend::before;
  before.attention.emplace().score = "additive";
  DecoderOptions after = without;
  after.cell = CellKind::lstm;
  after.layers = 2;
  after.input_feeding = true;
  after.attention.emplace().score = "general";
  after.attention->align = "local_p";
  after.attention->window = 2;
  DecoderOptions hard = without;
  hard.attention.emplace().align = "hard";
  hard.attention->hard.select = HardSelection::sample;
  std::vector<ModelOptions> all;
  for (const DecoderOptions& decoder : {without, before, after, hard}) {
    options.decoder = decoder;
    all.push_back(options);
  }
  return all;
}

/// Weights larger than at the start, so that the tokens differ more in their probabilities.
Seq2Seq recurrent_model(const ModelOptions& options, std::uint64_t seed) {
  Seq2Seq model = tiny_model(kSearchVocabulary, seed, options);
  torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : model->parameters())
    parameter.mul_(1.5);
  return model;
}

TEST(RecurrentModelSearch, WidthOneEqualsGreedy) {
  std::size_t tokens = 0;
  for (const ModelOptions& options : recurrent_options()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      Seq2Seq model = recurrent_model(options, seed);
      const TokenRows sources = random_rows({3, 9, 1, 6, 12}, kSearchVocabulary, seed);
      SearchOptions search;
      search.beam_size = 1;
      search.max_length_factor = 1.0;
      const Results searched = beam(model, sources, search);
      const std::vector<Hypothesis> chosen = greedy(model, sources, search);
      ASSERT_EQ(searched.size(), sources.size());
      for (std::size_t i = 0; i < sources.size(); ++i) {
        ASSERT_EQ(searched[i].size(), 1u);
        expect_same_hypothesis(searched[i][0], chosen.at(i));
        tokens += chosen[i].tokens.size();
      }
    }
  }
  EXPECT_GT(tokens, 100u);
}

TEST(RecurrentModelSearch, ProbabilitiesAreThoseOfAFullPass) {
  for (const ModelOptions& options : recurrent_options()) {
    Seq2Seq model = recurrent_model(options, 2);
    const TokenRows sources = random_rows({3, 9, 1, 6}, kSearchVocabulary, 2);
    SearchOptions search;
    search.beam_size = 4;
    search.num_best = 4;
    const Results results = beam(model, sources, search);
    ASSERT_EQ(results.size(), sources.size());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      ASSERT_EQ(results[i].size(), 4u);
      for (const Hypothesis& hypothesis : results[i]) {
        EXPECT_NEAR(hypothesis.log_probability,
                    teacher_forced(model, sources[i], hypothesis.tokens), 1e-4);
      }
    }
  }
}

TEST(RecurrentModelSearch, ASentenceDoesNotDependOnItsBatch) {
  const TokenRows sources = random_rows({3, 9, 1, 6, 12}, kSearchVocabulary, 7);
  for (const ModelOptions& options : recurrent_options()) {
    Seq2Seq model = recurrent_model(options, 2);
    SearchOptions search;
    search.beam_size = 3;
    search.num_best = 3;
    const Results together = beam(model, sources, search);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const Results alone = beam(model, {sources[i]}, search);
      ASSERT_EQ(together[i].size(), 3u);
      for (std::size_t k = 0; k < 3; ++k)
        expect_same_hypothesis(together[i][k], alone.at(0).at(k));
    }
  }
}

TEST(ModelSearch, ProbabilitiesAfterAPrefixAreThoseOfAFullPass) {
  const TokenRows sources = {{4, 5}, {6, 7, 8}, {5}, {5, 5, 5}};
  const TokenRows prefixes = {{4, 7}, {}, {1}, {8, 1, 1}};
  Seq2Seq model = tiny_model(kSearchVocabulary, 2);
  SearchInput input(test::batch_of(sources));
  input.prefixes = prefixes;
  SearchOptions options;
  options.beam_size = 3;
  options.num_best = 3;
  ModuleScorer scorer(*model);
  const Results results = beam_search(scorer, input, {}, options);
  ASSERT_EQ(results.size(), sources.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    ASSERT_EQ(results[i].size(), 3u);
    for (const Hypothesis& hypothesis : results[i]) {
      ASSERT_GE(hypothesis.tokens.size(), prefixes[i].size());
      EXPECT_TRUE(std::equal(prefixes[i].begin(), prefixes[i].end(), hypothesis.tokens.begin()));
      EXPECT_NEAR(hypothesis.log_probability, teacher_forced(model, sources[i], hypothesis.tokens),
                  1e-4);
    }
  }
}

}  // namespace
}  // namespace regard
