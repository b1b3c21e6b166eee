#include <algorithm>
#include <cmath>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/engine/search.h"

#include "engine/exhaustive_search.h"
#include "engine/fixed_scorer.h"
#include "engine/prefix_scorer.h"
#include "support/token_rows.h"

namespace regard {
namespace {

using test::batch_of;
using test::exhaustive_search;
using test::FixedScorer;
using test::PrefixScorer;
using test::random_rows;
using test::repeats;
using test::TokenRows;
using test::whole_log_probability;
using test::WholeSequenceRules;
using test::with_end;
using testing::Each;
using testing::ElementsAre;
using testing::Gt;
using testing::Le;
using testing::SizeIs;

using Results = std::vector<std::vector<Hypothesis>>;
using Tokens = std::vector<std::int32_t>;

SearchOptions constrained_up_to(std::int64_t length, std::int64_t beam_size = 1,
                                std::int64_t num_best = 1) {
  SearchOptions options;
  options.beam_size = beam_size;
  options.num_best = num_best;
  options.max_length_factor = 0.0;
  options.max_length_plus = length;
  return options;
}

SearchInput input_of(const TokenRows& sources, const TokenRows& prefixes) {
  SearchInput input(batch_of(sources));
  input.prefixes = prefixes;
  return input;
}

/// The ways to search that all have to keep the rules.
enum class Way { greedy, beam_of_one, beam_of_three, beam_of_five, draws };
constexpr Way kWays[] = {Way::greedy, Way::beam_of_one, Way::beam_of_three, Way::beam_of_five,
                         Way::draws};

/// As many hypotheses as the way has.
Results constrained_search(StepScorer& scorer, const SearchInput& input, SearchOptions options,
                           Way way) {
  if (way == Way::greedy) {
    Results results;
    for (const Hypothesis& hypothesis : greedy_search(scorer, input, {}, options))
      results.push_back({hypothesis});
    return results;
  }
  if (way == Way::draws) {
    options.num_best = 4;
    options.draw = DrawOptions{};
    return draw_samples(scorer, input, {}, options);
  }
  options.beam_size = way == Way::beam_of_one ? 1 : way == Way::beam_of_three ? 3 : 5;
  options.num_best = options.beam_size;
  return beam_search(scorer, input, {}, options);
}

test::NextToken next_token(const PrefixScorer& scorer) {
  return [&scorer](const test::Ids& source, const test::Ids& prefix) {
    return scorer.log_probabilities(source, prefix);
  };
}

void expect_same_constrained(const std::vector<Hypothesis>& actual,
                             const std::vector<Hypothesis>& expected) {
  ASSERT_FALSE(expected.empty());
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_EQ(actual[i].tokens, expected[i].tokens) << i;
    EXPECT_NEAR(actual[i].log_probability, expected[i].log_probability, 1e-5);
    EXPECT_NEAR(actual[i].score, expected[i].score, 1e-5);
  }
}

bool begins_with(const Tokens& tokens, const Tokens& prefix) {
  return tokens.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), tokens.begin());
}

// One sentence without a prefix, unknown pieces (suppressed elsewhere), one beyond every limit.
const TokenRows kPrefixes = {{4, 7}, {}, {1}, {8, 1, 1}, {5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}};
const TokenRows kSources = {{4, 5}, {6, 7, 8}, {5}, {5, 5, 5}, {9}};

TEST(ForcedPrefix, BeginsEveryHypothesisAndLeavesTheRestToTheModel) {
  for (const Way way : kWays) {
    PrefixScorer scorer(11, 3);
    const Results results =
        constrained_search(scorer, input_of(kSources, kPrefixes), constrained_up_to(8), way);
    ASSERT_THAT(results, SizeIs(kSources.size()));
    std::size_t longer = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      SCOPED_TRACE(testing::Message() << "way " << static_cast<int>(way) << ", sentence " << i);
      ASSERT_FALSE(results[i].empty());
      for (const Hypothesis& hypothesis : results[i]) {
        EXPECT_TRUE(begins_with(hypothesis.tokens, kPrefixes[i]));
        EXPECT_LE(hypothesis.tokens.size(), std::max<std::size_t>(8, kPrefixes[i].size()));
        const Tokens rest(hypothesis.tokens.begin() + std::ssize(kPrefixes[i]),
                          hypothesis.tokens.end());
        EXPECT_THAT(rest, Each(Gt(3))) << "suppressed outside the prefix";
        longer += !rest.empty();
        EXPECT_NEAR(
            hypothesis.log_probability,
            whole_log_probability(next_token(scorer), with_end(kSources[i]), hypothesis.tokens),
            1e-4);
      }
    }
    EXPECT_GT(longer, 2u) << "nothing was searched after the prefixes";
  }
}

TEST(ForcedPrefix, ThatReachesTheLimitIsFollowedByTheEndMark) {
  for (const Way way : kWays) {
    PrefixScorer scorer(11, 3);
    const Results results = constrained_search(
        scorer, input_of({{4}, {5}}, {{4, 5, 6}, {4, 5, 6, 7, 8}}), constrained_up_to(3), way);
    ASSERT_THAT(results, SizeIs(2));
    for (const Hypothesis& hypothesis : results[0])
      EXPECT_THAT(hypothesis.tokens, ElementsAre(4, 5, 6));
    for (const Hypothesis& hypothesis : results[1])
      EXPECT_THAT(hypothesis.tokens, ElementsAre(4, 5, 6, 7, 8));
    EXPECT_FALSE(results[0].empty());
    EXPECT_FALSE(results[1].empty());
  }
}

TEST(ForcedPrefix, ThatIsEmptyChangesNothing) {
  for (const Way way : kWays) {
    PrefixScorer with(11, 3);
    PrefixScorer without(11, 3);
    const Results results =
        constrained_search(with, input_of(kSources, TokenRows(5)), constrained_up_to(8), way);
    const Results expected =
        constrained_search(without, batch_of(kSources), constrained_up_to(8), way);
    ASSERT_THAT(expected, SizeIs(kSources.size()));
    for (std::size_t i = 0; i < expected.size(); ++i)
      expect_same_constrained(results.at(i), expected[i]);
  }
}

TEST(ForcedPrefix, OfOneSentenceDoesNotTouchTheOthers) {
  for (const Way way : kWays) {
    PrefixScorer all(11, 3);
    const Results together =
        constrained_search(all, input_of(kSources, kPrefixes), constrained_up_to(8), way);
    ASSERT_THAT(together, SizeIs(kSources.size()));
    for (std::size_t i = 0; i < kSources.size(); ++i) {
      PrefixScorer one(11, 3);
      SearchInput input = input_of({kSources[i]}, {kPrefixes[i]});
      input.streams = {i};
      expect_same_constrained(constrained_search(one, input, constrained_up_to(8), way).at(0),
                              together[i]);
    }
  }
}

TEST(ForcedPrefix, OfTheFreeTranslationGivesItAgain) {
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const Way way : {Way::greedy, Way::beam_of_one}) {
      const TokenRows sources = random_rows({2, 4, 1}, 9, seed);
      PrefixScorer free(9, seed);
      const Results expected =
          constrained_search(free, batch_of(sources), constrained_up_to(7), way);
      TokenRows prefixes;
      for (const auto& hypotheses : expected) {
        const Tokens& tokens = hypotheses.at(0).tokens;
        prefixes.emplace_back(tokens.begin(), tokens.begin() + std::ssize(tokens) / 2);
        compared += !prefixes.back().empty();
      }
      PrefixScorer forced(9, seed);
      const Results results =
          constrained_search(forced, input_of(sources, prefixes), constrained_up_to(7), way);
      for (std::size_t i = 0; i < sources.size(); ++i)
        expect_same_constrained(results.at(i), expected[i]);
    }
  }
  EXPECT_GT(compared, 10u);
}

TEST(Constraints, AWideBeamEqualsExhaustiveSearchAmongWhatTheyAllow) {
  const TokenRows sources = {{4, 5}, {6}, {5, 5, 5}, {4}};
  const TokenRows prefixes = {{5}, {}, {1, 6, 6}, {4, 5, 4, 5, 4, 4}};
  const std::int64_t limit = 5;
  std::size_t compared = 0;
  for (const std::int64_t ngram : {0, 1, 2, 3}) {
    for (const std::int64_t min_length : {0, 3}) {
      for (const std::int64_t longest : {0, 2, 4}) {
        SearchOptions options = constrained_up_to(limit, 400, 400);
        options.no_repeat_ngram = ngram;
        options.min_length = min_length;
        options.longest = longest;
        PrefixScorer scorer(7, 1);
        const Results results = beam_search(scorer, input_of(sources, prefixes), {}, options);
        ASSERT_THAT(results, SizeIs(sources.size()));
        for (std::size_t i = 0; i < sources.size(); ++i) {
          SCOPED_TRACE(testing::Message() << ngram << "-grams, at least " << min_length
                                          << ", at most " << longest << ", sentence " << i);
          const WholeSequenceRules rules{
              prefixes[i], min_length, longest == 0 ? limit : std::min(limit, longest), ngram, {}};
          const auto all =
              exhaustive_search(next_token(scorer), 7, with_end(sources[i]), rules, options);
          expect_same_constrained(results[i], all);
          compared += all.size();
        }
      }
    }
  }
  EXPECT_GT(compared, 3000u);
}

TEST(NoRepeatNgram, ForbidsWhatFollowedTheSameTokensBefore) {
  // 4 before 5 before 6 before the end mark; worked out by hand.
  const std::vector<double> probabilities = {0.01, 0.01, 0.01, 0.10, 0.50, 0.25, 0.12};
  const std::map<std::int64_t, Tokens> expected = {{0, {4, 4, 4, 4, 4, 4, 4, 4}},
                                                   {1, {4, 5, 6}},
                                                   {2, {4, 4, 5, 4, 6, 4}},
                                                   {3, {4, 4, 4, 5, 4, 4, 6, 4}}};
  for (const auto& [ngram, tokens] : expected) {
    SearchOptions options = constrained_up_to(8);
    options.no_repeat_ngram = ngram;
    for (const Way way : {Way::greedy, Way::beam_of_one}) {
      FixedScorer scorer(probabilities);
      EXPECT_EQ(constrained_search(scorer, batch_of({{4}}), options, way).at(0).at(0).tokens,
                tokens)
          << ngram;
    }
  }
}

TEST(NoRepeatNgram, LeavesNoRepeatInAnyTranslation) {
  const TokenRows sources = random_rows({2, 3, 1, 4, 2, 1}, 7);
  for (const Way way : kWays) {
    for (const std::int64_t ngram : {1, 2, 3}) {
      const auto n = static_cast<std::size_t>(ngram);
      SearchOptions options = constrained_up_to(14);
      options.min_length = ngram == 1 ? 0 : 6;
      PrefixScorer free(7, 2);
      std::size_t repeating = 0;
      for (const auto& hypotheses : constrained_search(free, batch_of(sources), options, way)) {
        for (const Hypothesis& hypothesis : hypotheses)
          repeating += repeats(hypothesis.tokens, n);
      }
      EXPECT_GT(repeating, 0u) << "there was nothing to forbid: " << ngram;
      options.no_repeat_ngram = ngram;
      PrefixScorer scorer(7, 2);
      const Results results = constrained_search(scorer, batch_of(sources), options, way);
      ASSERT_THAT(results, SizeIs(sources.size()));
      std::size_t ended_early = 0;
      for (std::size_t i = 0; i < results.size(); ++i) {
        ASSERT_FALSE(results[i].empty());
        for (const Hypothesis& hypothesis : results[i]) {
          EXPECT_FALSE(repeats(hypothesis.tokens, n)) << testing::PrintToString(hypothesis.tokens);
          EXPECT_GE(std::ssize(hypothesis.tokens), options.min_length);
          ended_early += hypothesis.tokens.size() < 14;
          const double expected =
              whole_log_probability(next_token(scorer), with_end(sources[i]), hypothesis.tokens);
          EXPECT_NEAR(hypothesis.log_probability, expected, 1e-4);
        }
      }
      EXPECT_GT(ended_early, 0u) << "the end mark must stay possible";
    }
  }
}

TEST(NoRepeatNgram, CountsThePrefixButLetsItRepeat) {
  // 4 before 5 before 6, the end mark last.
  const std::vector<double> probabilities = {0.01, 0.01, 0.01, 0.05, 0.55, 0.25, 0.12};
  for (const Way way : {Way::greedy, Way::beam_of_one}) {
    SearchOptions options = constrained_up_to(20);
    options.no_repeat_ngram = 1;
    FixedScorer scorer(probabilities);
    EXPECT_THAT(
        constrained_search(scorer, input_of({{4}}, {{5, 5}}), options, way).at(0).at(0).tokens,
        ElementsAre(5, 5, 4, 6));
    options.no_repeat_ngram = 2;
    FixedScorer of_pairs(probabilities);
    EXPECT_THAT(constrained_search(of_pairs, input_of({{4}}, {{4, 5, 4, 5}}), options, way)
                    .at(0)
                    .at(0)
                    .tokens,
                ElementsAre(4, 5, 4, 5, 5, 6, 4, 4, 6, 5));
  }
}

TEST(NoRepeatNgram, EndsATranslationThatCannotGoOn) {
  // Three tokens, each once, cannot make ten.
  for (const Way way : kWays) {
    SearchOptions options = constrained_up_to(12);
    options.no_repeat_ngram = 1;
    options.min_length = 10;
    PrefixScorer scorer(7, 2);
    Results results;
    ASSERT_NO_THROW(results = constrained_search(scorer, batch_of({{4}, {5, 6}}), options, way));
    ASSERT_THAT(results, SizeIs(2));
    for (const auto& hypotheses : results) {
      ASSERT_FALSE(hypotheses.empty()) << "way " << static_cast<int>(way);
      for (const Hypothesis& hypothesis : hypotheses) {
        EXPECT_THAT(hypothesis.tokens, testing::UnorderedElementsAre(4, 5, 6));
        EXPECT_TRUE(std::isfinite(hypothesis.log_probability));
      }
    }
  }
}

TEST(LongestTranslation, CapsTheTokens) {
  const TokenRows sources = random_rows({2, 5, 3}, 11);
  for (const Way way : kWays) {
    SearchOptions options = constrained_up_to(12);
    options.min_length = 6;  // so that the cap is what ends them
    PrefixScorer free(11, 2);
    for (const auto& hypotheses : constrained_search(free, batch_of(sources), options, way))
      EXPECT_GE(hypotheses.at(0).tokens.size(), 6u);
    options.longest = 4;
    PrefixScorer scorer(11, 2);
    const Results results = constrained_search(scorer, batch_of(sources), options, way);
    ASSERT_THAT(results, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) {
      for (const Hypothesis& hypothesis : results[i]) {
        EXPECT_THAT(hypothesis.tokens, SizeIs(4)) << "it goes before the shortest length";
        EXPECT_NEAR(
            hypothesis.log_probability,
            whole_log_probability(next_token(scorer), with_end(sources[i]), hypothesis.tokens),
            1e-4);
      }
    }
  }
}

TEST(LongestTranslation, IsTheSmallerOfTwoLimits) {
  SearchOptions options;
  EXPECT_EQ(max_target_length(options, 8), 24) << "0 is no limit";
  options.longest = 100;
  EXPECT_EQ(max_target_length(options, 8), 24);
  options.longest = 20;
  EXPECT_EQ(max_target_length(options, 8), 20);
  EXPECT_EQ(max_target_length(options, 1), 10);
  options.min_length = 30;
  EXPECT_EQ(max_target_length(options, 8), 20);
}

TEST(Constraints, AtOnceAreAllKept) {
  for (const Way way : kWays) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SearchOptions options = constrained_up_to(30);
      options.no_repeat_ngram = 2;
      options.min_length = 6;
      options.longest = 9;
      PrefixScorer scorer(9, seed);
      const Results results =
          constrained_search(scorer, input_of(kSources, kPrefixes), options, way);
      ASSERT_THAT(results, SizeIs(kSources.size()));
      for (std::size_t i = 0; i < results.size(); ++i) {
        ASSERT_FALSE(results[i].empty());
        const std::size_t longest = std::max<std::size_t>(9, kPrefixes[i].size());
        for (const Hypothesis& hypothesis : results[i]) {
          EXPECT_TRUE(begins_with(hypothesis.tokens, kPrefixes[i]));
          EXPECT_GE(hypothesis.tokens.size(), 6u);
          EXPECT_LE(hypothesis.tokens.size(), longest);
          EXPECT_FALSE(repeats(hypothesis.tokens, 2, kPrefixes[i].size()));
        }
      }
    }
  }
}

}  // namespace
}  // namespace regard
