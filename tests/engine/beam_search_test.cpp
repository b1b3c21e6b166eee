#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/engine/search.h"

#include "engine/prefix_scorer.h"
#include "support/token_rows.h"

namespace regard {
namespace {

using test::batch_of;
using test::PrefixScorer;
using test::random_rows;
using test::Textbook;
using test::TokenRows;
using test::with_end;

const std::vector<LengthPenalty>& penalties() {
  static const std::vector<LengthPenalty> all = {{LengthPenalty::Kind::none, 0.0},
                                                 {LengthPenalty::Kind::average, 1.0},
                                                 {LengthPenalty::Kind::average, 2.5},
                                                 {LengthPenalty::Kind::gnmt, 0.6},
                                                 {LengthPenalty::Kind::gnmt, 3.0}};
  return all;
}

SearchOptions up_to(std::int64_t length, std::int64_t beam_size, std::int64_t num_best = 1) {
  SearchOptions options;
  options.beam_size = beam_size;
  options.num_best = num_best;
  options.max_length_factor = 0.0;
  options.max_length_plus = length;
  return options;
}

void expect_same(const std::vector<Hypothesis>& actual, const std::vector<Hypothesis>& expected) {
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].tokens, expected[i].tokens) << i;
    EXPECT_NEAR(actual[i].log_probability, expected[i].log_probability, 1e-5);
    EXPECT_NEAR(actual[i].score, expected[i].score, 1e-5);
  }
}

using Results = std::vector<std::vector<Hypothesis>>;

Results search(std::int64_t vocabulary, std::uint64_t seed, const TokenRows& sources,
               const SearchOptions& options, const TokenRoles& roles = {}) {
  PrefixScorer scorer(vocabulary, seed);
  return beam_search(scorer, batch_of(sources), roles, options);
}

TEST(BeamSearch, AWideBeamEqualsExhaustiveSearch) {
  // Three tokens and the end mark: 121 hypotheses of up to 4 tokens, at most 108 candidates a step.
  const std::int64_t vocabulary = 7;
  const TokenRows sources = {{4, 5}, {6}, {5, 5, 5}};
  for (const LengthPenalty& penalty : penalties()) {
    SearchOptions options = up_to(4, 128, 128);
    options.length_penalty = penalty;
    const Results results = search(vocabulary, 1, sources, options);
    ASSERT_EQ(results.size(), sources.size());
    const PrefixScorer scorer(vocabulary, 1);
    const TokenRoles roles;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto all = Textbook(scorer, options, roles).search(with_end(sources[i]), 10'000);
      ASSERT_EQ(all.size(), 121u);
      expect_same(results[i], all);
    }
  }
}

TEST(BeamSearch, EndingEarlyNeverChangesTheResult) {
  const std::int64_t vocabulary = 9;
  const TokenRoles roles;
  std::size_t saved_calls = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    for (const LengthPenalty& penalty : penalties()) {
      for (const auto& [beam_size, num_best] : {std::pair{2, 1}, {3, 3}, {5, 2}}) {
        SearchOptions options = up_to(9, beam_size, num_best);
        options.length_penalty = penalty;
        const TokenRows sources = random_rows({1, 2, 3}, vocabulary, seed);
        PrefixScorer scorer(vocabulary, seed);
        const Results results = beam_search(scorer, batch_of(sources), roles, options);
        saved_calls += 10 - scorer.rows_of_calls.size();
        for (std::size_t i = 0; i < sources.size(); ++i) {
          auto expected = Textbook(scorer, options, roles)
                              .search(with_end(sources[i]), static_cast<std::size_t>(beam_size));
          expected.resize(static_cast<std::size_t>(num_best));
          expect_same(results.at(i), expected);
        }
      }
    }
  }
  EXPECT_GT(saved_calls, 0u) << "no search ended early";
}

TEST(BeamSearch, StopRulesEndWhereTheyAreDefinedTo) {
  const std::int64_t vocabulary = 9;
  const TokenRoles roles;
  std::map<StopRule, std::size_t> calls;
  std::size_t num_different = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const TokenRows sources = random_rows({1, 2, 3}, vocabulary, seed);
    std::vector<Results> of_rules;
    for (const StopRule rule : {StopRule::exact, StopRule::finished, StopRule::attainable}) {
      SearchOptions options = up_to(12, 3, 2);
      options.stop = rule;
      PrefixScorer scorer(vocabulary, seed);
      of_rules.push_back(beam_search(scorer, batch_of(sources), roles, options));
      calls[rule] += scorer.rows_of_calls.size();
      for (std::size_t i = 0; i < sources.size(); ++i) {
        auto expected = Textbook(scorer, options, roles).search(with_end(sources[i]), 3);
        ASSERT_GE(expected.size(), 2u);
        expected.resize(2);
        expect_same(of_rules.back().at(i), expected);
      }
    }
    for (std::size_t i = 0; i < sources.size(); ++i)
      num_different += of_rules[0][i].front().tokens != of_rules[1][i].front().tokens;
  }
  EXPECT_LT(calls[StopRule::finished], calls[StopRule::exact]);
  EXPECT_LE(calls[StopRule::finished], calls[StopRule::attainable]);
  EXPECT_GT(num_different, 0u) << "the rules were never put to the test";
}

TEST(BeamSearch, WidthOneEndsWithTheFirstEndMark) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const TokenRows sources = random_rows({1, 2, 3, 2}, 7, seed);
    SearchOptions options = up_to(9, 1);
    PrefixScorer scorer(7, seed);
    const auto greedy = greedy_search(scorer, batch_of(sources), {}, options);
    const Results results = search(7, seed, sources, options);
    ASSERT_EQ(greedy.size(), results.size());
    for (std::size_t i = 0; i < greedy.size(); ++i)
      expect_same(results[i], {greedy[i]});
  }
}

TEST(BeamSearch, GivesTheAskedNumberSortedAndDistinct) {
  for (const std::int64_t num_best : {1, 3, 6}) {
    for (const auto& hypotheses :
         search(12, 2, random_rows({2, 5, 3}, 12), up_to(8, 6, num_best))) {
      ASSERT_EQ(std::ssize(hypotheses), num_best);
      std::map<std::vector<std::int32_t>, int> seen;
      for (std::size_t i = 0; i < hypotheses.size(); ++i) {
        EXPECT_EQ(++seen[hypotheses[i].tokens], 1);
        if (i > 0) {
          EXPECT_GE(hypotheses[i - 1].score, hypotheses[i].score);
        }
      }
    }
  }
}

TEST(BeamSearch, ASmallSearchSpaceGivesAllThatThereIs) {
  // One token and the end mark, at most two tokens: three hypotheses.
  const auto hypotheses = search(5, 1, {{4}}, up_to(2, 6, 6)).at(0);
  EXPECT_EQ(hypotheses.size(), 3u);
}

TEST(BeamSearch, AWiderListBeginsWithTheNarrowerOne) {
  const TokenRows sources = random_rows({2, 5}, 12);
  const Results one = search(12, 2, sources, up_to(8, 5, 1));
  const Results five = search(12, 2, sources, up_to(8, 5, 5));
  for (std::size_t i = 0; i < sources.size(); ++i)
    expect_same({five[i].front()}, one[i]);
}

TEST(BeamSearch, RespectsTheLengthLimits) {
  const TokenRows sources = random_rows({0, 2, 5}, 8);
  for (const std::int64_t beam_size : {1, 4}) {
    SearchOptions options = up_to(1, beam_size, beam_size);
    options.max_length_factor = 1.5;
    options.min_length = 3;
    const Results results = search(8, 4, sources, options);
    const std::size_t limits[] = {3, 4, 8};  // 0 + 1 is below the shortest, 3 + 1, 7 + 1
    for (std::size_t i = 0; i < sources.size(); ++i) {
      ASSERT_FALSE(results.at(i).empty());
      for (const Hypothesis& hypothesis : results[i]) {
        EXPECT_GE(hypothesis.tokens.size(), 3u);
        EXPECT_LE(hypothesis.tokens.size(), limits[i]);
      }
    }
  }
}

TEST(BeamSearch, NeverSaysWhatIsSuppressed) {
  TokenRoles roles;
  roles.suppressed = {0, 1, 2, 5, 7};
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const auto& hypotheses :
         search(9, seed, random_rows({2, 4}, 9, seed), up_to(7, 5, 5), roles)) {
      ASSERT_FALSE(hypotheses.empty());
      for (const Hypothesis& hypothesis : hypotheses) {
        EXPECT_TRUE(std::isfinite(hypothesis.log_probability));
        for (const std::int32_t token : hypothesis.tokens)
          EXPECT_THAT((std::vector{4, 6, 8}), testing::Contains(token));
      }
    }
  }
}

TEST(BeamSearch, ASentenceDoesNotDependOnItsBatch) {
  SearchOptions options = up_to(3, 4, 3);
  options.max_length_factor = 1.0;
  const TokenRows sources = random_rows({4, 1, 7, 2, 7}, 11);
  const Results together = search(11, 5, sources, options);
  TokenRows reversed(sources.rbegin(), sources.rend());
  const Results backwards = search(11, 5, reversed, options);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    expect_same(together[i], search(11, 5, {sources[i]}, options).at(0));
    expect_same(together[i], backwards[sources.size() - 1 - i]);
  }
}

TEST(BeamSearch, DoneSentencesLeaveTheBatch) {
  SearchOptions options = up_to(1, 3, 3);
  options.max_length_factor = 1.0;
  PrefixScorer scorer(9, 1);
  beam_search(scorer, batch_of(random_rows({1, 8}, 9)), {}, options);
  ASSERT_GT(scorer.rows_of_calls.size(), 3u);
  EXPECT_EQ(scorer.rows_of_calls[0], 2) << "one row per sentence at first";
  EXPECT_EQ(scorer.rows_of_calls[1], 6);
  EXPECT_EQ(scorer.rows_of_calls[3], 3) << "the short one is at its limit after two tokens";
}

TEST(BeamSearch, AStopRequestEndsTheSearch) {
  const TokenBatch source = batch_of(random_rows({3, 5}, 9));
  for (const std::int64_t beam_size : {1, 4}) {
    StopFlag stop;
    PrefixScorer scorer(9, 1);
    scorer.on_next = [&](std::size_t call) {
      if (call == 2) stop.request(15);
    };
    SearchOptions options = up_to(20, beam_size);
    options.min_length = 10;
    EXPECT_TRUE(beam_search(scorer, source, {}, options, &stop).empty());
    EXPECT_EQ(scorer.rows_of_calls.size(), 2u);
    PrefixScorer unused(9, 1);
    EXPECT_TRUE(greedy_search(unused, source, {}, options, &stop).empty());
    EXPECT_TRUE(unused.rows_of_calls.empty());
  }
}

TEST(BeamSearch, MoreHypothesesThanBeamsAreAMistake) {
  EXPECT_THROW(search(9, 1, {{4}}, up_to(3, 2, 3)), std::invalid_argument);
  EXPECT_THROW(search(9, 1, {{4}}, up_to(3, 0, 0)), std::invalid_argument);
}

TEST(MaxTargetLength, IsFactorTimesTheSourceWithoutItsEndMark) {
  SearchOptions options;
  EXPECT_EQ(max_target_length(options, 1), 10);
  EXPECT_EQ(max_target_length(options, 8), 24);
  options.max_length_factor = 1.5;
  EXPECT_EQ(max_target_length(options, 4), 14);
  options.min_length = 100;
  EXPECT_EQ(max_target_length(options, 4), 100);
}

}  // namespace
}  // namespace regard
