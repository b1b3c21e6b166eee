#include "regard/metrics/alignment_error.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/random.h"

namespace regard {
namespace {

const SourceSpot kPlace{"gold.txt", 3};

/// What an action says when it throws UserError.
template <class Action>
std::string message_of(const Action& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::string gold_message(std::string_view line) {
  return message_of([&] { parse_gold_links(line, kPlace); });
}

std::string predicted_message(std::string_view line) {
  return message_of([&] { parse_links(line, kPlace); });
}

AlignmentError error_of(std::string_view predicted, std::string_view gold) {
  AlignmentErrorAccumulator accumulator;
  accumulator.add(parse_links(predicted, kPlace), parse_gold_links(gold, kPlace));
  return accumulator.result();
}

void expect_rates(const AlignmentError& error, double precision, double recall, double error_rate) {
  EXPECT_DOUBLE_EQ(error.precision, precision);
  EXPECT_DOUBLE_EQ(error.recall, recall);
  EXPECT_DOUBLE_EQ(error.error_rate, error_rate);
}

TEST(PharaohLine, IsReadAsASortedSet) {
  EXPECT_EQ(parse_links("2-1 0-0 10-3 2-1", kPlace), (Links{{0, 0}, {2, 1}, {10, 3}}));
  EXPECT_EQ(parse_links(" \t1-2  0-5\r", kPlace), (Links{{0, 5}, {1, 2}}));
  EXPECT_EQ(parse_links("1000000-007", kPlace), (Links{{kMaxLinkIndex, 7}}));
}

TEST(PharaohLine, ABlankLineHasNoLinks) {
  for (const std::string_view line : {"", " ", "\t \r"}) {
    EXPECT_TRUE(parse_links(line, kPlace).empty());
    const GoldLinks gold = parse_gold_links(line, kPlace);
    EXPECT_TRUE(gold.sure.empty());
    EXPECT_TRUE(gold.possible.empty());
  }
}

TEST(PharaohLine, PossibleLinksHaveTwoSignsAndIncludeTheSureOnes) {
  const GoldLinks gold = parse_gold_links("3?1 0-0 1p2", kPlace);
  EXPECT_EQ(gold.sure, (Links{{0, 0}}));
  EXPECT_EQ(gold.possible, (Links{{0, 0}, {1, 2}, {3, 1}}));
}

TEST(PharaohLine, ALinkGivenBothWaysIsSure) {
  const GoldLinks gold = parse_gold_links("1p1 1-1 1?1", kPlace);
  EXPECT_EQ(gold.sure, (Links{{1, 1}}));
  EXPECT_EQ(gold.possible, (Links{{1, 1}}));
}

TEST(PharaohLine, MalformedLinksAreRefusedWithPlaceAndLink) {
  const std::vector<std::string> tokens = {
      "x",     "-",    "0",     "0-",  "-0",      "0--1", "-1-0", "0-+1",  "+0-1",
      "0-1-2", "0-1,", "0-1p",  "0_1", "0P1",     "0p",   "p1",   "0x1-0", "0.5-1",
      "1e3-0", "0=1",  "0p1?2", "0:1", "0-1;2-3", "1/2",  "0,1"};
  for (const std::string& token : tokens) {
    const std::string start = "gold.txt:3: '" + token + "' is not a word link. Fix: ";
    EXPECT_TRUE(gold_message("0-0 " + token + " 1-1").starts_with(start)) << gold_message(token);
    const std::string message = predicted_message(token);
    EXPECT_TRUE(message.starts_with("gold.txt:3: '" + token + "' is ")) << message;
  }
}

TEST(PharaohLine, BytesThatAreUnsafeToPrintAreEscaped) {
  EXPECT_NE(gold_message("0-0 \x1b[31m").find("'\\x1b[31m' is not a word link"), std::string::npos);
  EXPECT_NE(gold_message("\xff-1").find("'\\xff-1'"), std::string::npos);
  EXPECT_NE(gold_message(std::string_view("0-\0", 3)).find("'0-\\x00'"), std::string::npos);
  // A no-break space parts nothing.
  EXPECT_NE(gold_message("0-0\u00a01-1").find("is not a word link"), std::string::npos);
}

TEST(PharaohLine, ALongLinkIsCutAndTheReasonStays) {
  const std::string message = gold_message(std::string(100'000, 'a'));
  EXPECT_NE(message.find("aaa...' is not a word link. Fix: write source-target"),
            std::string::npos);
  EXPECT_LE(message.size(), 1000U);
}

TEST(PharaohLine, WeightsAreRefused) {
  for (const std::string_view token : {"0-0:0.9", "0-0:", "1p2:1", "1?2:1e-3"}) {
    const std::string message = gold_message(token);
    EXPECT_NE(message.find("'" + std::string(token) + "' has a weight"), std::string::npos)
        << message;
  }
}

TEST(PharaohLine, IndicesAboveTheLimitAreRefused) {
  for (const std::string_view token :
       {"1000001-0", "0-1000001", "0p18446744073709551615", "99999999999999999999999-0"}) {
    const std::string message = gold_message(token);
    EXPECT_NE(message.find("'" + std::string(token) + "' has an index above 1,000,000"),
              std::string::npos)
        << message;
  }
}

TEST(PharaohLine, PredictedLinksAreSure) {
  for (const std::string_view token : {"1p2", "1?2"}) {
    const std::string message = predicted_message(token);
    EXPECT_NE(message.find("gold.txt:3: '" + std::string(token) + "' is a possible link"),
              std::string::npos)
        << message;
  }
}

TEST(CheckLinks, LinksStayInsideTheSentencePair) {
  EXPECT_NO_THROW(check_links({{2, 0}, {0, 1}}, {.source = 3, .target = 2}, kPlace));
  EXPECT_NO_THROW(check_links({}, {.source = 0, .target = 0}, kPlace));
  EXPECT_TRUE(message_of([] {
                check_links({{0, 0}, {3, 0}}, {.source = 3, .target = 2}, kPlace);
              })
                  .starts_with("gold.txt:3: link 3-0 points at word 3 of the source, which has 3 "
                               "words. Fix: "));
  EXPECT_TRUE(message_of([] {
                check_links({{0, 1}}, {.source = 3, .target = 1}, kPlace);
              })
                  .starts_with("gold.txt:3: link 0-1 points at word 1 of the target, which has 1 "
                               "word. Fix: "));
  EXPECT_THROW(check_links({{0, -1}}, {.source = 3, .target = 1}, kPlace), UserError);
}

TEST(GoldFile, EveryLineIsReadWithItsNumber) {
  const std::vector<std::string> lines = {"0-0 1p1", "", "2-0"};
  const std::vector<GoldLinks> gold = parse_gold_file(lines, "gold.txt");
  ASSERT_EQ(gold.size(), 3U);
  EXPECT_EQ(gold[0].possible, (Links{{0, 0}, {1, 1}}));
  EXPECT_TRUE(gold[1].possible.empty());
  EXPECT_EQ(gold[2].sure, (Links{{2, 0}}));
  const std::vector<std::string> damaged = {"0-0", "0-0 nonsense"};
  EXPECT_TRUE(message_of([&] {
                parse_gold_file(damaged, "a.links");
              }).starts_with("a.links:2: 'nonsense' is not a word link"));
}

TEST(GoldFile, PossibleLinksMustStayInsideTheSentencesToo) {
  const std::vector<std::string> lines = {"0-0", "0-0 2p1"};
  const std::vector<SentenceWords> fits = {{1, 1}, {3, 2}};
  const std::vector<SentenceWords> too_short = {{1, 1}, {2, 2}};
  const std::vector<SentenceWords> fewer = {{1, 1}};
  EXPECT_EQ(parse_gold_file(lines, "gold.txt", fits).size(), 2U);
  EXPECT_TRUE(message_of([&] {
                parse_gold_file(lines, "gold.txt", too_short);
              }).starts_with("gold.txt:2: link 2-1 points at word 2 of the source"));
  EXPECT_TRUE(message_of([&] {
                parse_gold_file(lines, "gold.txt", fewer);
              }).starts_with("gold.txt: there are 2 lines of links for 1 sentence pair. Fix: "));
}

TEST(AlignmentErrorRate, IsZeroForTheGoldLinksThemselves) {
  const AlignmentError error = error_of("0-0 1-2 2-1", "2-1 1-2 0-0");
  expect_rates(error, 1, 1, 0);
  EXPECT_EQ(error.num_sentences, 1);
  EXPECT_EQ(error.num_links, 3);
  EXPECT_EQ(error.num_sure, 3);
  EXPECT_EQ(error.num_sure_found, 3);
  EXPECT_EQ(error.num_possible_found, 3);
}

TEST(AlignmentErrorRate, IsOneMinusFWithoutPossibleLinks) {
  // |A| = 3, |S| = 4, common 2: precision 2/3, recall 2/4, AER 1 - 4/7.
  expect_rates(error_of("0-0 1-1 2-2", "0-0 1-1 2-3 3-3"), 2.0 / 3, 0.5, 3.0 / 7);
}

TEST(AlignmentErrorRate, PossibleLinksCountForPrecisionButNotForRecall) {
  // S = {0-0, 1-1}, P = S and {2-1, 2-2}; A = {0-0, 2-1, 3-3}: A∩S = 1, A∩P = 2.
  const AlignmentError error = error_of("0-0 2-1 3-3", "0-0 1-1 2p1 2?2");
  EXPECT_EQ(error.num_links, 3);
  EXPECT_EQ(error.num_sure, 2);
  EXPECT_EQ(error.num_sure_found, 1);
  EXPECT_EQ(error.num_possible_found, 2);
  expect_rates(error, 2.0 / 3, 0.5, 1 - 3.0 / 5);
}

TEST(AlignmentErrorRate, IsZeroForAllSureAndSomePossibleLinks) {
  expect_rates(error_of("0-0 1-1 2-2", "0-0 1p1 2-2 3?3"), 1, 1, 0);
}

TEST(AlignmentErrorRate, DirectionCounts) {
  expect_rates(error_of("0-1", "1-0"), 0, 0, 1);
}

TEST(AlignmentErrorRate, EmptySetsGiveNumbers) {
  expect_rates(error_of("", ""), 1, 1, 0);
  expect_rates(error_of("", "0-0"), 1, 0, 1);
  expect_rates(error_of("0-0", ""), 0, 1, 1);
  // Only possible links: all of A is possible, nothing sure is missed.
  expect_rates(error_of("0-0", "0p0"), 1, 1, 0);
  expect_rates(error_of("", "0p0"), 1, 1, 0);
}

TEST(AlignmentErrorRate, DuplicatesAndOrderDoNotCount) {
  AlignmentErrorAccumulator accumulator;
  // The possible links lack the sure one: it is possible all the same.
  accumulator.add({{2, 2}, {0, 0}, {0, 0}, {1, 1}},
                  {.sure = {{0, 0}, {0, 0}}, .possible = {{1, 1}, {1, 1}}});
  const AlignmentError error = accumulator.result();
  EXPECT_EQ(error.num_links, 3);
  EXPECT_EQ(error.num_sure, 1);
  EXPECT_EQ(error.num_sure_found, 1);
  EXPECT_EQ(error.num_possible_found, 2);
  expect_rates(error, 2.0 / 3, 1, 0.25);
}

TEST(AlignmentErrorRate, OfACorpusIsNotTheMeanOfItsSentences) {
  const std::vector<Links> predicted = {parse_links("0-0", kPlace),
                                        parse_links("0-1 1-1 2-1", kPlace)};
  const std::vector<GoldLinks> gold = {parse_gold_links("0-0", kPlace),
                                       parse_gold_links("0-0 1-1 2-2 3-3", kPlace)};
  // Sentences: 0 and 1 - 2/7; together |A| = 4, |S| = 5, common 2.
  const AlignmentError error = alignment_error(predicted, gold);
  expect_rates(error, 0.5, 0.4, 5.0 / 9);
  EXPECT_EQ(error.num_sentences, 2);
  const double mean = (alignment_error({predicted.data(), 1}, {gold.data(), 1}).error_rate +
                       alignment_error({&predicted[1], 1}, {&gold[1], 1}).error_rate) /
                      2;
  EXPECT_DOUBLE_EQ(mean, 5.0 / 14);
}

TEST(AlignmentErrorRate, DifferentOrNoSentencesAreRefused) {
  const std::vector<Links> two(2);
  const std::vector<GoldLinks> three(3);
  const std::string message = message_of([&] { alignment_error(two, three); });
  EXPECT_TRUE(message.starts_with("alignments for 2 and gold links for 3 sentence pairs. Fix: "))
      << message;
  EXPECT_THROW(alignment_error({}, {}), UserError);
  EXPECT_THROW(AlignmentErrorAccumulator().result(), UserError);
}

/// What the cell of a grid [source words, target words] holds.
struct Cell {
  bool is_predicted = false;
  bool is_sure = false;
  bool is_possible = false;
};

constexpr std::size_t kMaxWords = 12;

std::vector<Cell> random_grid(RandomStream& random) {
  std::vector<Cell> grid(kMaxWords * kMaxWords);
  const std::uint64_t period = 1 + random.below(20);
  for (Cell& cell : grid) {
    cell.is_predicted = random.below(period) == 0;
    cell.is_sure = random.below(period) == 0;
    cell.is_possible = cell.is_sure || random.below(period) == 0;
  }
  return grid;
}

std::string token(std::size_t cell, std::string_view sign) {
  return std::to_string(cell / kMaxWords) + std::string(sign) + std::to_string(cell % kMaxWords);
}

std::string shuffled_line(std::vector<std::string> tokens, RandomStream& random) {
  const std::size_t num_once = tokens.size();
  for (std::size_t i = 0; i < num_once; ++i) {
    if (random.below(4) == 0) tokens.push_back(tokens[i]);
  }
  shuffle(tokens, random);
  std::string line;
  for (const std::string& each : tokens)
    line += each + " ";
  return line;
}

TEST(AlignmentErrorRate, EqualsCountingOverAGridForRandomCorpora) {
  RandomStream random(1);
  std::int64_t num_between = 0;
  for (int corpus = 0; corpus < 200; ++corpus) {
    AlignmentErrorAccumulator accumulator;
    double num_links = 0, num_sure = 0, sure_found = 0, possible_found = 0;
    const std::uint64_t num_sentences = 1 + random.below(5);
    for (std::uint64_t sentence = 0; sentence < num_sentences; ++sentence) {
      std::vector<std::string> predicted, gold;
      const std::vector<Cell> grid = random_grid(random);
      for (std::size_t i = 0; i < grid.size(); ++i) {
        const auto [is_predicted, is_sure, is_possible] = grid[i];
        if (is_predicted) predicted.push_back(token(i, "-"));
        if (is_sure) gold.push_back(token(i, "-"));
        if (is_possible && !is_sure) gold.push_back(token(i, random.below(2) == 0 ? "p" : "?"));
        num_links += is_predicted ? 1 : 0;
        num_sure += is_sure ? 1 : 0;
        sure_found += is_predicted && is_sure ? 1 : 0;
        possible_found += is_predicted && is_possible ? 1 : 0;
      }
      accumulator.add(parse_links(shuffled_line(predicted, random), kPlace),
                      parse_gold_links(shuffled_line(gold, random), kPlace));
    }
    const AlignmentError error = accumulator.result();
    EXPECT_NEAR(error.precision, num_links > 0 ? possible_found / num_links : 1, 1e-12);
    EXPECT_NEAR(error.recall, num_sure > 0 ? sure_found / num_sure : 1, 1e-12);
    if (num_links + num_sure == 0) continue;
    EXPECT_NEAR(error.error_rate, 1 - (sure_found + possible_found) / (num_links + num_sure),
                1e-12);
    num_between += error.error_rate > 0 && error.error_rate < 1 ? 1 : 0;
  }
  EXPECT_GT(num_between, 100);
}

TEST(PharaohLine, RandomBytesAreReadOrRefused) {
  RandomStream random(2);
  constexpr std::string_view kBytes = "0123456789-p?: \t\xc3\xa0x";
  int num_read = 0, num_refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string line;
    const std::uint64_t length = random.below(8);
    for (std::uint64_t j = 0; j < length; ++j)
      line += kBytes[random.below(kBytes.size())];
    try {
      const GoldLinks gold = parse_gold_links(line, kPlace);
      EXPECT_TRUE(std::includes(gold.possible.begin(), gold.possible.end(), gold.sure.begin(),
                                gold.sure.end()));
      if (!gold.possible.empty()) ++num_read;
    } catch (const UserError&) {
      ++num_refused;
    }
  }
  EXPECT_GT(num_read, 100);
  EXPECT_GT(num_refused, 1000);
}

}  // namespace
}  // namespace regard
