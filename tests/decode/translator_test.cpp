#include "regard/decode/translator.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tiny_model.h"
#include "text/sample_text.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Lines = std::vector<std::string>;

class TranslatorFixture : public testing::Test {
 protected:
  static void SetUpTestSuite() { tokenizer_ = new Tokenizer(test::sample_tokenizer()); }
  static void TearDownTestSuite() {
    delete tokenizer_;
    tokenizer_ = nullptr;
  }

  static TranslatorOptions options(std::int64_t beam_size = 2) {
    TranslatorOptions options;
    options.decoding.beam_size = beam_size;
    options.decoding.max_length = {0.5, 4};
    options.decoding.batch_tokens = 100;
    return options;
  }
  static Translator translator(const TranslatorOptions& options) {
    return {*tokenizer_, *tokenizer_, TokenRoles{}, options};
  }
  Lines translate(const Lines& lines, const TranslatorOptions& options) {
    return translator(options).translate(*model_, lines, nullptr).value();
  }

  static Tokenizer* tokenizer_;
  Seq2Seq model_ = test::tiny_model(150, 3);
};

Tokenizer* TranslatorFixture::tokenizer_ = nullptr;

using TranslatorLines = TranslatorFixture;
using TranslatorResults = TranslatorFixture;

TEST_F(TranslatorLines, ComeOutInOrderOneForEach) {
  const Lines lines = test::sample_sentences(20, 5);
  for (const std::int64_t beam_size : {1, 2}) {
    const Lines translated = translate(lines, options(beam_size));
    ASSERT_THAT(translated, SizeIs(lines.size()));
    for (std::size_t i = 0; i < lines.size(); ++i)
      EXPECT_THAT(translate({lines[i]}, options(beam_size)), ElementsAre(translated[i])) << i;
    Lines distinct = translated;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    EXPECT_GT(distinct.size(), lines.size() / 2) << "the order could not be seen";
  }
}

TEST_F(TranslatorLines, TheSizeOfABatchChangesNothing) {
  const Lines lines = test::sample_sentences(12, 5);
  TranslatorOptions single = options();
  single.decoding.batch_tokens = 1;
  TranslatorOptions all = options();
  all.decoding.batch_tokens = 100'000;
  const Lines one_by_one = translate(lines, single);
  EXPECT_THAT(one_by_one, SizeIs(12));
  EXPECT_EQ(translate(lines, all), one_by_one);
}

TEST_F(TranslatorLines, BlankOnesGiveEmptyOnes) {
  const Lines lines = {"", "Hunde spielen", "   ", "\t", "Ball", ""};
  const Lines translated = translate(lines, options());
  ASSERT_THAT(translated, SizeIs(6));
  const Lines alone = translate({"Hunde spielen", "Ball"}, options());
  EXPECT_THAT(translated, ElementsAre("", alone[0], "", "", alone[1], ""));
  EXPECT_THAT(alone, testing::Each(testing::Not(IsEmpty())));
  EXPECT_THAT(translate({"", " "}, options()), ElementsAre("", ""));
}

TEST_F(TranslatorLines, NoneGiveNone) {
  const auto translated = translator(options()).translate(*model_, Lines{}, nullptr);
  ASSERT_TRUE(translated.has_value());
  EXPECT_THAT(*translated, IsEmpty());
}

TEST_F(TranslatorLines, LongOnesAreCutAndNamed) {
  // Equal up to the limit, so equal after the cut.
  const std::string start = "Hunde spielen Wasser Kinder lachen";
  const std::int64_t limit = std::ssize(tokenizer_->encode(start));
  TranslatorOptions short_ones = options();
  short_ones.max_source_length = limit;
  Translator cutting = translator(short_ones);
  const Lines lines = {start + " Zeitung und Park", "", start, start + " Bank", "Ball"};
  const Lines translated = cutting.translate(*model_, lines, nullptr).value();
  EXPECT_THAT(cutting.cut_lines(), ElementsAre(0, 3));
  EXPECT_EQ(translated[0], translated[2]);
  EXPECT_EQ(translated[3], translated[2]);
  EXPECT_NE(translate({lines[0]}, options())[0], translated[0]);
  cutting.translate(*model_, Lines{"Ball"}, nullptr);
  EXPECT_THAT(cutting.cut_lines(), IsEmpty()) << "of the last call only";
}

TEST_F(TranslatorLines, EndlessOnesAreCutBeforeTheyAreEncoded) {
  std::string endless;
  for (int i = 0; i < 300'000; ++i)
    endless += "\u65e5";
  TranslatorOptions short_ones = options();
  short_ones.max_source_length = 20;
  Translator cutting = translator(short_ones);
  EXPECT_THAT(cutting.translate(*model_, Lines{"Ball", endless}, nullptr).value(), SizeIs(2));
  EXPECT_THAT(cutting.cut_lines(), ElementsAre(1));
}

TEST_F(TranslatorResults, OfBeamSearchAreSortedAndCounted) {
  TranslatorOptions three = options(4);
  three.num_best = 3;
  const Lines lines = {"Hunde spielen", "", "Kinder lachen im Park"};
  const auto results = translator(three).translate_all(*model_, lines);
  ASSERT_THAT(results, SizeIs(3));
  const LengthPenalty penalty = parse_length_penalty(three.decoding.length_penalty);
  for (const std::size_t line : {0u, 2u}) {
    ASSERT_THAT(results[line], SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) {
      const Translation& each = results[line][i];
      EXPECT_GE(each.num_tokens, 1);
      EXPECT_LT(each.log_probability, 0.0);
      EXPECT_DOUBLE_EQ(each.score, penalty.apply(each.log_probability, each.num_tokens));
      if (i > 0) {
        EXPECT_GE(results[line][i - 1].score, each.score);
      }
    }
  }
  ASSERT_THAT(results[1], SizeIs(1)) << "one empty translation";
  EXPECT_EQ(results[1][0].text, "");
  EXPECT_EQ(results[1][0].score, 0.0);
  EXPECT_THAT(translate(lines, options(4)),
              ElementsAre(results[0][0].text, "", results[2][0].text));
}

TEST_F(TranslatorResults, FollowTheOptionsOfDecoding) {
  TranslatorOptions bounded = options(3);
  bounded.decoding.min_length = 6;
  bounded.decoding.max_length = {0.0, 7};
  for (const auto& translations :
       translator(bounded).translate_all(*model_, test::sample_sentences(4))) {
    EXPECT_GE(translations.front().num_tokens, 7);
    EXPECT_LE(translations.front().num_tokens, 8);
  }
}

TEST_F(TranslatorResults, AreNothingAfterAStopRequest) {
  StopFlag stop;
  stop.request(2);
  for (const std::int64_t beam_size : {1, 2}) {
    const Lines lines = {"Hunde", "Ball"};
    EXPECT_FALSE(translator(options(beam_size)).translate(*model_, lines, &stop).has_value());
  }
}

TEST_F(TranslatorResults, ComeWithProgress) {
  const Lines lines = {"Hunde", "", "Ball", "Kinder lachen"};
  TranslatorOptions single = options();
  single.decoding.batch_tokens = 1;
  std::vector<std::int64_t> seen;
  translator(single).translate_all(*model_, lines, nullptr,
                                   [&](std::int64_t done) { seen.push_back(done); });
  EXPECT_THAT(seen, ElementsAre(2, 3, 4)) << "blank lines are done at once";
}

}  // namespace
}  // namespace regard
