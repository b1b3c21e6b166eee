#include "regard/run/corpus_survey.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/strings.h"

#include "core/file_support.h"

namespace regard {
namespace {

using test::spill;
using test::TemporaryFolder;
using testing::HasSubstr;

CorpusSurveyor surveyor_of(const std::vector<LinePair>& pairs) {
  CorpusSurveyor surveyor;
  for (LinePair pair : pairs) {
    surveyor.add(pair);
  }
  return surveyor;
}

/// `count` different pairs, numbered from 1.
std::vector<LinePair> different_pairs(std::int64_t count) {
  std::vector<LinePair> pairs;
  for (std::int64_t i = 1; i <= count; ++i)
    pairs.push_back({str("Satz ", i, " ."), str("sentence ", i, " ."), i, false});
  return pairs;
}

TEST(ForEachPair, GivesTheLinesOfBothFiles) {
  const TemporaryFolder folder;
  spill(folder / "a",
        "eins\r\nzw\xff"
        "ei\n\n");
  spill(folder / "b", "one\ntwo\nthree");
  std::vector<LinePair> pairs;
  for_each_pair({folder / "a", folder / "b"}, [&](const LinePair& pair) { pairs.push_back(pair); });
  ASSERT_EQ(pairs.size(), 3U);
  EXPECT_EQ(pairs[0].source, "eins");
  EXPECT_FALSE(pairs[0].is_repaired);
  EXPECT_EQ(pairs[1].source,
            "zw\xef\xbf\xbd"
            "ei");
  EXPECT_TRUE(pairs[1].is_repaired);
  EXPECT_EQ(pairs[2].source, "");
  EXPECT_EQ(pairs[2].target, "three");
  EXPECT_EQ(pairs[2].number, 3);
}

TEST(ForEachPair, RefusesFilesThatDoNotBelongTogether) {
  const TemporaryFolder folder;
  spill(folder / "a", "x\n");
  spill(folder / "b", "x\ny\nz\n");
  spill(folder / "empty", "");
  const auto message = [&](const char* source, const char* target) {
    return test::error_of<UserError>([&] {
      for_each_pair({folder / source, folder / target}, [](const LinePair&) {});
    });
  };
  EXPECT_THAT(message("a", "b"), HasSubstr("b:2: 2 lines more than"));
  EXPECT_THAT(message("b", "a"), HasSubstr("b:2: 2 lines more than"));
  EXPECT_THAT(message("empty", "empty"), HasSubstr("the file is empty"));
  EXPECT_THAT(message("a", "missing"), HasSubstr("missing"));
}

TEST(CorpusSurveyor, CountsPairsWordsAndCharacters) {
  const CorpusSurvey survey = surveyor_of({{"Ein  Haus .", "A house.", 1, false},
                                           {" ", "two", 2, false},
                                           {"漢字　かな", "kanji", 3, true}})
                                  .survey();
  EXPECT_EQ(survey.pairs, 3);
  EXPECT_EQ(survey.blank, 1);
  EXPECT_EQ(survey.repaired, 1);
  EXPECT_EQ(survey.source_words, 3 + 0 + 2);
  EXPECT_EQ(survey.target_words, 2 + 1 + 1);
  EXPECT_EQ(survey.source_characters, 8 + 0 + 4);
  EXPECT_EQ(survey.target_characters, 7 + 3 + 5);
  EXPECT_EQ(survey.distinct_words, 3 + 2 + 1 + 2 + 1);
  std::set<char> latin;
  for (const char c : std::string("EinHaus.Ahouse.twokanji"))
    latin.insert(c);
  EXPECT_EQ(survey.distinct_characters, static_cast<std::int64_t>(latin.size()) + 4);
}

TEST(CorpusSurveyor, HoldsOutTheSameSentencesInAnyOrder) {
  std::vector<LinePair> pairs = different_pairs(1000);
  const auto texts_of = [](const std::vector<LinePair>& of, const auto& held) {
    std::set<std::string> texts;
    for (const LinePair& pair : of)
      if (held.lines.contains(pair.number)) texts.insert(pair.source);
    return texts;
  };
  const auto held = surveyor_of(pairs).held_out(50);
  ASSERT_EQ(held.lines.size(), 50U);
  const std::set<std::string> texts = texts_of(pairs, held);
  EXPECT_EQ(texts.size(), 50U);
  // They are spread over the corpus.
  EXPECT_LT(*std::min_element(held.lines.begin(), held.lines.end()), 100);
  EXPECT_GT(*std::max_element(held.lines.begin(), held.lines.end()), 900);
  std::reverse(pairs.begin(), pairs.end());
  for (std::size_t i = 0; i < pairs.size(); ++i)
    pairs[i].number = static_cast<std::int64_t>(i) + 1;
  EXPECT_EQ(texts_of(pairs, surveyor_of(pairs).held_out(50)), texts);
}

TEST(CorpusSurveyor, TakesSentencesThatComeOnceFirst) {
  std::vector<LinePair> pairs = different_pairs(200);
  std::vector<LinePair> twice = different_pairs(100);  // the first half comes again
  for (LinePair& pair : twice) {
    pair.number += 200;
    pair.source += "  ";
    pairs.push_back(pair);
  }
  const auto held = surveyor_of(pairs).held_out(60);
  ASSERT_EQ(held.lines.size(), 60U);
  for (const std::int64_t line : held.lines) {
    EXPECT_GT(line, 100);
    EXPECT_LE(line, 200);
  }
}

TEST(CorpusSurveyor, LeavesThreeQuartersOfTheCorpusForTraining) {
  std::vector<LinePair> pairs;
  for (std::int64_t i = 1; i <= 100; ++i)
    pairs.push_back({str("Satz ", i % 10), str("sentence ", i), i, false});
  const auto held = surveyor_of(pairs).held_out(20);
  EXPECT_EQ(held.lines.size(), 2U);  // each with its nine doubles
}

TEST(CorpusSurveyor, HoldsOutNothingThatSaysNothing) {
  std::vector<LinePair> pairs = different_pairs(5);
  pairs.push_back({"", "empty", 6, false});
  pairs.push_back({"copy", " copy", 7, false});
  pairs.push_back({"broken", "bytes", 8, true});
  pairs.push_back({std::string(700, 'x'), "long", 9, false});
  for (std::int64_t i = 10; i <= 100; ++i)
    pairs.push_back({"the same", "again", i, false});
  const auto held = surveyor_of(pairs).held_out(20);
  EXPECT_EQ(held.lines, (std::unordered_set<std::int64_t>{1, 2, 3, 4, 5}));
}

TEST(CorpusSurveyor, CountsDoublesOfALargeCorpus) {
  const auto count = static_cast<std::int64_t>(2 * CorpusSurveyor::kCandidates);
  CorpusSurveyor surveyor;
  std::int64_t number = 0;
  for (int round = 0; round < 2; ++round) {
    for (const LinePair& pair : different_pairs(count)) {
      LinePair numbered = pair;
      numbered.number = ++number;
      // The first half comes in both rounds.
      if (round == 1 && pair.number > count / 2) numbered.source += " other";
      surveyor.add(numbered);
    }
  }
  const auto held = surveyor.held_out(2000);
  ASSERT_EQ(held.lines.size(), 2000U);
  for (const std::int64_t line : held.lines)
    EXPECT_GT((line - 1) % count, count / 2 - 1) << line;
}

TEST(ValidationLines, AreATwentiethWithinLimits) {
  EXPECT_EQ(validation_lines(20), 4);
  EXPECT_EQ(validation_lines(300), 30);
  EXPECT_EQ(validation_lines(2000), 100);
  EXPECT_EQ(validation_lines(20'000), 1000);
  EXPECT_EQ(validation_lines(5'000'000), 2000);
}

}  // namespace
}  // namespace regard
