#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/engine/search.h"

#include "engine/exhaustive_search.h"
#include "engine/fixed_scorer.h"
#include "engine/prefix_scorer.h"
#include "support/token_rows.h"

namespace regard {
namespace {

using test::batch_of;
using test::FixedScorer;
using test::Ids;
using test::PrefixScorer;
using test::random_rows;
using test::TokenRows;
using test::with_end;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using Results = std::vector<std::vector<Hypothesis>>;
using Tokens = std::vector<std::int32_t>;
using Counts = std::map<Tokens, double>;

SearchOptions draws_up_to(std::int64_t length, const DrawOptions& draw, std::int64_t num_best = 1) {
  SearchOptions options;
  options.num_best = num_best;
  options.max_length_factor = 0.0;
  options.max_length_plus = length;
  options.draw = draw;
  return options;
}

/// Pearson's statistic of counts against probabilities, in units of what chance alone exceeds once
/// in about a thousand times (Wilson and Hilferty 1931).
double misfit(const Counts& counts, const Counts& probabilities) {
  double total = 0;
  for (const auto& [tokens, count] : counts) {
    EXPECT_TRUE(probabilities.contains(tokens)) << testing::PrintToString(tokens);
    total += count;
  }
  double statistic = 0;
  for (const auto& [tokens, probability] : probabilities) {
    const double expected = total * probability;
    EXPECT_GT(expected, 5.0) << "too few draws to tell";
    const double seen = counts.contains(tokens) ? counts.at(tokens) : 0.0;
    statistic += (seen - expected) * (seen - expected) / expected;
  }
  const double freedom = static_cast<double>(probabilities.size()) - 1.0;
  const double ninth = 2.0 / (9.0 * freedom);
  return statistic / (freedom * std::pow(1.0 - ninth + 3.09 * std::sqrt(ninth), 3));
}

/// What 20 sentences and 200 seeds draw, counted.
Counts draw_many(StepScorer& scorer, const Tokens& source, SearchOptions options) {
  const TokenRows sources(20, source);
  Counts counts;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    options.draw->seed = seed;
    for (const auto& hypotheses : draw_samples(scorer, batch_of(sources), {}, options))
      counts[hypotheses.at(0).tokens] += 1.0;
  }
  return counts;
}

// Half of the probability is suppressed; then 3 (the end mark) to 7.
const std::vector<double> kProbabilities = {0.3, 0.15, 0.05, 0.075, 0.2, 0.15, 0.05, 0.025};

/// First tokens drawn from kProbabilities; the end mark is {}.
Counts draw_first(const DrawOptions& draw) {
  FixedScorer scorer(kProbabilities);
  return draw_many(scorer, {4}, draws_up_to(1, draw));
}

/// What should be drawn: the probabilities of `kept` to the power of 1 / temperature.
Counts first_probabilities(const std::vector<std::int32_t>& kept, double temperature = 1.0) {
  Counts expected;
  double sum = 0;
  for (const std::int32_t token : kept) {
    const double weight =
        std::pow(kProbabilities[static_cast<std::size_t>(token)], 1.0 / temperature);
    expected[token == 3 ? Tokens{} : Tokens{token}] = weight;
    sum += weight;
  }
  for (auto& [tokens, weight] : expected)
    weight /= sum;
  return expected;
}

TEST(DrawSamples, FollowTheProbabilitiesOfTokens) {
  EXPECT_LT(misfit(draw_first({}), first_probabilities({3, 4, 5, 6, 7})), 1.0);
  EXPECT_GT(misfit(draw_first({}), first_probabilities({3, 4, 5, 6, 7}, 1.2)), 1.0)
      << "the check would see a small difference";
}

TEST(DrawSamples, FollowTheTemperature) {
  for (const double temperature : {0.5, 0.8, 1.7, 4.0}) {
    const Counts counts = draw_first({.temperature = temperature});
    EXPECT_LT(misfit(counts, first_probabilities({3, 4, 5, 6, 7}, temperature)), 1.0)
        << temperature;
  }
  const Tokens most_probable = {4};
  EXPECT_GT(draw_first({.temperature = 0.3}).at(most_probable),
            draw_first({.temperature = 3.0}).at(most_probable) * 1.5);
}

TEST(DrawSamples, OfAVeryLowTemperatureAreTheMostProbableTokens) {
  EXPECT_THAT(draw_first({.temperature = 1e-3}), ElementsAre(testing::Pair(Tokens{4}, 4000.0)));
}

TEST(DrawSamples, FollowTheProbabilitiesOfWholeTranslations) {
  // Two tokens and the end mark, at most two tokens: seven translations.
  const Tokens source = {4, 5};
  PrefixScorer scorer(6, 3);
  Counts expected;
  const auto probability_after = [&](const Ids& prefix, std::size_t token) {
    const auto values = scorer.log_probabilities(with_end(source), prefix);
    const double sum = std::exp(values[3]) + std::exp(values[4]) + std::exp(values[5]);
    return std::exp(values[token]) / sum;
  };
  expected[{}] = probability_after({2}, 3);
  for (const std::int32_t first : {4, 5}) {
    const double begun = probability_after({2}, static_cast<std::size_t>(first));
    expected[{first}] = begun * probability_after({2, first}, 3);
    for (const std::int32_t second : {4, 5})
      expected[{first, second}] =
          begun * probability_after({2, first}, static_cast<std::size_t>(second));
  }
  class Restarted final : public StepScorer {  // PrefixScorer takes one batch only
   public:
    void start(const TokenBatch& batch) override {
      inner_ = PrefixScorer(6, 3);
      inner_.start(batch);
    }
    ScoreRows next(Indices ids) override { return inner_.next(ids); }
    void reorder(Indices rows) override { inner_.reorder(rows); }
    void keep(Indices sentences, Indices rows) override { inner_.keep(sentences, rows); }

   private:
    PrefixScorer inner_{6, 3};
  } restarted;
  const Counts counts = draw_many(restarted, source, draws_up_to(2, {}));
  EXPECT_THAT(counts, SizeIs(7));
  EXPECT_LT(misfit(counts, expected), 1.0);
}

TEST(DrawSamples, FromTheTopKOnly) {
  EXPECT_LT(misfit(draw_first({.top_k = 2}), first_probabilities({4, 5})), 1.0);
  EXPECT_LT(misfit(draw_first({.top_k = 3}), first_probabilities({3, 4, 5})), 1.0);
  EXPECT_LT(
      misfit(draw_first({.temperature = 2.0, .top_k = 3}), first_probabilities({3, 4, 5}, 2.0)),
      1.0);
  EXPECT_LT(misfit(draw_first({.top_k = 100}), first_probabilities({3, 4, 5, 6, 7})), 1.0);
}

TEST(DrawSamples, FromTheFewestThatReachTopP) {
  // Of what may be said: 4 has 0.4, 5 has 0.3, 3 has 0.15, 6 has 0.1, 7 has 0.05.
  const std::map<double, std::vector<std::int32_t>> expected = {
      {0.39, {4}},       {0.41, {4, 5}},       {0.69, {4, 5}},         {0.71, {3, 4, 5}},
      {0.84, {3, 4, 5}}, {0.86, {3, 4, 5, 6}}, {0.96, {3, 4, 5, 6, 7}}};
  for (const auto& [top_p, kept] : expected) {
    const Counts counts = draw_first({.top_p = top_p});
    EXPECT_THAT(counts, SizeIs(kept.size())) << top_p;
    if (kept.size() > 1) {
      EXPECT_LT(misfit(counts, first_probabilities(kept)), 1.0) << top_p;
    }
  }
  EXPECT_THAT(draw_first({.top_p = 1e-9}), ElementsAre(testing::Pair(Tokens{4}, 4000.0)));
}

TEST(DrawSamples, WithTopKAndTopPReachItAmongTheTopK) {
  // 4 and 5 are 0.82 of the three most probable, but 0.7 of all.
  const Counts counts = draw_first({.top_k = 3, .top_p = 0.8});
  EXPECT_LT(misfit(counts, first_probabilities({4, 5})), 1.0);
}

TEST(DrawSamples, FromTheOneMostProbableAreGreedySearch) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const TokenRows sources = random_rows({1, 4, 2, 3}, 9, seed);
    const SearchOptions options = draws_up_to(9, {.top_k = 1, .seed = seed});
    PrefixScorer drawing(9, seed);
    PrefixScorer greedy(9, seed);
    const Results drawn = draw_samples(drawing, batch_of(sources), {}, options);
    const auto chosen = greedy_search(greedy, batch_of(sources), {}, options);
    ASSERT_THAT(drawn, SizeIs(4));
    for (std::size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(drawn[i].at(0).tokens, chosen.at(i).tokens);
      EXPECT_DOUBLE_EQ(drawn[i].at(0).log_probability, chosen.at(i).log_probability);
      EXPECT_DOUBLE_EQ(drawn[i].at(0).score, chosen.at(i).score);
    }
  }
}

TEST(DrawSamples, AreSortedCountedAndMostlyDistinct) {
  PrefixScorer scorer(12, 2);
  SearchOptions options = draws_up_to(10, {}, 6);
  options.min_length = 4;
  const Results drawn = draw_samples(scorer, batch_of(random_rows({2, 5, 3}, 12)), {}, options);
  ASSERT_THAT(drawn, SizeIs(3));
  for (const auto& hypotheses : drawn) {
    ASSERT_THAT(hypotheses, SizeIs(6));
    std::set<Tokens> distinct;
    for (std::size_t i = 0; i < 6; ++i) {
      distinct.insert(hypotheses[i].tokens);
      EXPECT_DOUBLE_EQ(hypotheses[i].score,
                       options.length_penalty.apply(hypotheses[i].log_probability,
                                                    std::ssize(hypotheses[i].tokens) + 1));
      if (i > 0) {
        EXPECT_GE(hypotheses[i - 1].score, hypotheses[i].score);
      }
    }
    EXPECT_THAT(distinct, SizeIs(6)) << "drawn from the same numbers?";
  }
}

TEST(DrawSamples, MoreOfThemBeginWithTheFewer) {
  const TokenRows sources = random_rows({2, 5, 3}, 12);
  PrefixScorer for_one(12, 2);
  PrefixScorer for_four(12, 2);
  const Results one = draw_samples(for_one, batch_of(sources), {}, draws_up_to(8, {}, 1));
  const Results four = draw_samples(for_four, batch_of(sources), {}, draws_up_to(8, {}, 4));
  ASSERT_THAT(one, SizeIs(3));
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<Tokens> drawn;
    for (const Hypothesis& hypothesis : four.at(i))
      drawn.push_back(hypothesis.tokens);
    EXPECT_THAT(drawn, testing::Contains(one[i].at(0).tokens));
  }
}

TEST(DrawSamples, LogProbabilitiesAreTheScorersOwn) {
  const TokenRows sources = random_rows({2, 5, 3}, 11);
  const TokenRoles roles{.suppressed = {0, 1, 2, 5, 7}};
  for (const DrawOptions& draw : {DrawOptions{}, DrawOptions{.temperature = 3.0},
                                  DrawOptions{.temperature = 0.5, .top_k = 3, .top_p = 0.8}}) {
    PrefixScorer scorer(11, 4);
    const test::NextToken next = [&](const Ids& source, const Ids& prefix) {
      return scorer.log_probabilities(source, prefix);
    };
    const Results drawn = draw_samples(scorer, batch_of(sources), roles, draws_up_to(9, draw, 5));
    ASSERT_THAT(drawn, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_THAT(drawn[i], SizeIs(5));
      for (const Hypothesis& hypothesis : drawn[i]) {
        EXPECT_NEAR(hypothesis.log_probability,
                    test::whole_log_probability(next, with_end(sources[i]), hypothesis.tokens),
                    1e-4);
        EXPECT_LE(hypothesis.tokens.size(), 9u);
      }
    }
  }
}

TEST(DrawSamples, NeverSayWhatIsSuppressed) {
  const TokenRoles roles{.suppressed = {0, 1, 2, 5, 7}};
  std::set<std::int32_t> said;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    PrefixScorer scorer(9, seed);
    const SearchOptions options = draws_up_to(7, {.temperature = 100.0, .seed = seed}, 5);
    for (const auto& hypotheses :
         draw_samples(scorer, batch_of(random_rows({2, 4}, 9, seed)), roles, options)) {
      for (const Hypothesis& hypothesis : hypotheses)
        said.insert(hypothesis.tokens.begin(), hypothesis.tokens.end());
    }
  }
  EXPECT_THAT(said, ElementsAre(4, 6, 8));
}

Results draw_with_streams(const TokenRows& sources, const std::vector<std::uint64_t>& streams,
                          std::uint64_t seed) {
  PrefixScorer scorer(11, 5);
  SearchInput input(batch_of(sources));
  input.streams = streams;
  SearchOptions options = draws_up_to(9, {.seed = seed}, 3);
  options.min_length = 4;
  return draw_samples(scorer, input, {}, options);
}

void expect_same_draws(const std::vector<Hypothesis>& actual,
                       const std::vector<Hypothesis>& expected) {
  ASSERT_THAT(actual, SizeIs(expected.size()));
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].tokens, expected[i].tokens);
    EXPECT_NEAR(actual[i].log_probability, expected[i].log_probability, 1e-5);
  }
}

TEST(DrawSamples, OfASentenceDoNotDependOnItsBatch) {
  const TokenRows sources = random_rows({4, 1, 7, 2, 7}, 11);
  const std::vector<std::uint64_t> streams = {7, 1'000'000'000'000, 0, 3, 8};
  const Results together = draw_with_streams(sources, streams, 6);
  const Results backwards =
      draw_with_streams({sources.rbegin(), sources.rend()}, {streams.rbegin(), streams.rend()}, 6);
  ASSERT_THAT(together, SizeIs(5));
  for (std::size_t i = 0; i < 5; ++i) {
    ASSERT_THAT(together[i], SizeIs(3));
    expect_same_draws(backwards.at(4 - i), together[i]);
    expect_same_draws(draw_with_streams({sources[i]}, {streams[i]}, 6).at(0), together[i]);
  }
}

TEST(DrawSamples, DependOnSeedAndStream) {
  const TokenRows same(4, Tokens{5, 6, 7});
  const Results first = draw_with_streams(same, {}, 6);
  const Results numbered = draw_with_streams(same, {0, 1, 2, 3}, 6);
  const Results other_seed = draw_with_streams(same, {}, 7);
  std::size_t different = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    expect_same_draws(numbered.at(i), first.at(i));
    different += other_seed.at(i).at(0).tokens != first[i].at(0).tokens;
    different += first[i][0].tokens != first[(i + 1) % 4].at(0).tokens;
  }
  EXPECT_EQ(different, 8u);
}

TEST(DrawSamples, ThatAreDoneLeaveTheBatch) {
  SearchOptions options = draws_up_to(1, {}, 3);
  options.max_length_factor = 1.0;
  options.min_length = 2;
  PrefixScorer scorer(9, 1);
  draw_samples(scorer, batch_of(random_rows({1, 12}, 9)), {}, options);
  ASSERT_GT(scorer.rows_of_calls.size(), 3u);
  EXPECT_THAT(std::vector(scorer.rows_of_calls.begin(), scorer.rows_of_calls.begin() + 4),
              ElementsAre(6, 6, 6, 3));
}

TEST(DrawSamples, EndWithAStopRequest) {
  StopFlag stop;
  PrefixScorer scorer(9, 1);
  scorer.on_next = [&](std::size_t call) {
    if (call == 2) stop.request(15);
  };
  SearchOptions options = draws_up_to(20, {}, 2);
  options.min_length = 10;
  EXPECT_TRUE(draw_samples(scorer, batch_of(random_rows({3, 5}, 9)), {}, options, &stop).empty());
  EXPECT_THAT(scorer.rows_of_calls, SizeIs(2));
}

TEST(DrawOptionsText, IsRead) {
  const DrawOptions all = parse_draw_options("temperature=0.8,top_k=10,top_p=0.9,seed=7");
  EXPECT_EQ(all.temperature, 0.8);
  EXPECT_EQ(all.top_k, 10);
  EXPECT_EQ(all.top_p, 0.9);
  EXPECT_EQ(all.seed, 7u);
  const DrawOptions one = parse_draw_options("seed=18446744073709551615");
  EXPECT_EQ(one.temperature, 1.0);
  EXPECT_EQ(one.top_k, 0);
  EXPECT_EQ(one.top_p, 1.0);
  EXPECT_EQ(one.seed, 18446744073709551615u);
  const DrawOptions bounds = parse_draw_options("top_p=1,top_k=0,temperature=1000");
  EXPECT_EQ(bounds.temperature, 1000.0);
  EXPECT_EQ(parse_draw_options("temperature=0.001").temperature, 0.001);
  EXPECT_EQ(parse_draw_options("top_p=1e-3").top_p, 0.001);
}

TEST(DrawOptionsText, ThatIsNothingElseIsRefused) {
  for (const char* text : {"",
                           ",",
                           "temperature",
                           "temperature=",
                           "temperature=0",
                           "temperature=-1",
                           "temperature=nan",
                           "temperature=inf",
                           "temperature=1001",
                           "temperature=0.5x",
                           "temperature= 0.5",
                           "temperature=0,5",
                           "top_k=-1",
                           "top_k=1.5",
                           "top_k=x",
                           "top_k=99999999999999999999",
                           "top_p=0",
                           "top_p=1.01",
                           "top_p=nan",
                           "top_p=-0.1",
                           "seed=-1",
                           "seed=1.5",
                           "seed=18446744073709551616",
                           "Seed=1",
                           "topk=3",
                           "=1",
                           "seed=1,",
                           "seed=1;top_k=2",
                           "seed==1"}) {
    EXPECT_THROW(parse_draw_options(text), UserError) << text;
  }
}

TEST(DrawOptionsText, IsNamedAndEscapedInTheMessage) {
  try {
    parse_draw_options("seed=1,heat=\n2");
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("sampling: 'heat=\\x0a2' is not an option"));
    EXPECT_THAT(error.what(), HasSubstr("use temperature=T (0.001 to 1000)"));
  }
}

}  // namespace
}  // namespace regard
