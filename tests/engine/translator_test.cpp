#include <algorithm>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/engine/translation_service.h"
#include "regard/text/words.h"

#include "engine/tiny_transformer.h"
#include "support/token_rows.h"
#include "text/sample_text.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Lines = std::vector<std::string>;
using Tokens = std::vector<std::int32_t>;

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
  static TranslationService translator(const TranslatorOptions& options) {
    return {*tokenizer_, *tokenizer_, TokenRoles{}, options};
  }
  Lines translate(const Lines& lines, const TranslatorOptions& options) {
    return translate_with(translator(options), lines, nullptr).value();
  }

  static std::shared_ptr<const TranslationModel> model(std::uint64_t seed) {
    return std::make_shared<PackedModel>(test::tiny_transformer(test::tiny_plan(150), seed));
  }
  static Models own() { return {model(3)}; }
  static Models pair() { return {model(3), model(4)}; }

  /// The best translation of each line; nothing after a stop request.
  static std::optional<Lines> translate_with(const TranslationService& translator,
                                             const Lines& lines, const StopFlag* stop) {
    const Translations all = translator.translate_all(own(), {lines}, stop);
    if (all.size() != lines.size()) return std::nullopt;
    return best_texts(all);
  }

  /// What translator() should find for one line, without batches and text around it.
  std::vector<Hypothesis> searched(const Models& models, const std::string& line,
                                   const SearchOptions& options) const {
    const auto scorer = make_scorer(models);
    return beam_search(*scorer, test::batch_of({tokenizer_->encode(line)}), {}, options).at(0);
  }
  /// The search options of options(beam_size).
  static SearchOptions search_options(std::int64_t beam_size, std::int64_t num_best) {
    SearchOptions options;
    options.beam_size = beam_size;
    options.num_best = num_best;
    options.length_penalty = {LengthPenalty::Kind::average, 1.0};
    options.max_length_factor = 0.5;
    options.max_length_plus = 4;
    return options;
  }

  static Tokenizer* tokenizer_;
};

Tokenizer* TranslatorFixture::tokenizer_ = nullptr;

using TranslatorLines = TranslatorFixture;
using TranslatorResults = TranslatorFixture;

TEST_F(TranslatorLines, AreTheSameWhateverTheNumberOfWorkers) {
  Lines lines = test::sample_sentences(30, 5);
  lines[7] = "";
  TranslatorOptions given = options();
  given.num_best = 2;
  given.alignment = AlignmentOptions();
  const auto expected = translator(given).translate_all(own(), {lines});
  ASSERT_THAT(expected, SizeIs(lines.size()));
  for (const std::int64_t workers : {0, 2, 3, 50}) {
    given.workers = workers;
    std::int64_t reported = 0;
    const auto actual =
        translator(given).translate_all(own(), {lines}, nullptr, [&](std::int64_t done) {
          EXPECT_GT(done, reported);
          reported = done;
        });
    EXPECT_EQ(reported, std::ssize(lines));
    ASSERT_THAT(actual, SizeIs(lines.size()));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_EQ(actual[i].size(), expected[i].size());
      for (std::size_t k = 0; k < actual[i].size(); ++k) {
        EXPECT_EQ(actual[i][k].tokens, expected[i][k].tokens) << workers << ", line " << i;
        EXPECT_EQ(actual[i][k].links, expected[i][k].links);
        EXPECT_NEAR(actual[i][k].score, expected[i][k].score, 1e-5);
      }
    }
  }
}

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

TEST_F(TranslatorLines, NoLinesGiveNoTranslations) {
  const auto translated = translate_with(translator(options()), Lines{}, nullptr);
  ASSERT_TRUE(translated.has_value());
  EXPECT_THAT(*translated, IsEmpty());
}

TEST_F(TranslatorLines, LongOnesAreCutAndNamed) {
  // Equal up to the limit, so equal after the cut.
  const std::string start = "Hunde spielen Wasser Kinder lachen";
  const std::int64_t limit = std::ssize(tokenizer_->encode(start));
  TranslatorOptions short_ones = options();
  short_ones.max_source_length = limit;
  const TranslationService cutting = translator(short_ones);
  const Lines lines = {start + " Zeitung und Park", "", start, start + " Bank", "Ball"};
  const Lines translated = translate_with(cutting, lines, nullptr).value();
  EXPECT_THAT(cutting.translate_all(own(), {lines}).cut_lines, ElementsAre(0, 3));
  EXPECT_EQ(translated[0], translated[2]);
  EXPECT_EQ(translated[3], translated[2]);
  EXPECT_NE(translate({lines[0]}, options())[0], translated[0]);
  const Lines fitting = {"Ball"};
  EXPECT_THAT(cutting.translate_all(own(), {fitting}).cut_lines, IsEmpty());
}

TEST_F(TranslatorLines, EndlessOnesAreCutBeforeTheyAreEncoded) {
  std::string endless;
  for (int i = 0; i < 300'000; ++i)
    endless += "\u65e5";
  TranslatorOptions short_ones = options();
  short_ones.max_source_length = 20;
  const TranslationService cutting = translator(short_ones);
  const Lines lines = {"Ball", endless};
  const Translations results = cutting.translate_all(own(), {lines});
  EXPECT_THAT(results, SizeIs(2));
  EXPECT_THAT(results.cut_lines, ElementsAre(1));
}

TEST_F(TranslatorResults, OfBeamSearchAreSortedAndCounted) {
  TranslatorOptions three = options(4);
  three.num_best = 3;
  const Lines lines = {"Hunde spielen", "", "Kinder lachen im Park"};
  const auto results = translator(three).translate_all(own(), {lines});
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
  const Lines lines = test::sample_sentences(4);
  for (const auto& translations : translator(bounded).translate_all(own(), {lines})) {
    EXPECT_GE(translations.front().num_tokens, 7);
    EXPECT_LE(translations.front().num_tokens, 8);
  }
}

TEST_F(TranslatorResults, AreNothingAfterAStopRequest) {
  StopFlag stop;
  stop.request(2);
  for (const std::int64_t beam_size : {1, 2}) {
    const Lines lines = {"Hunde", "Ball"};
    EXPECT_FALSE(translate_with(translator(options(beam_size)), lines, &stop).has_value());
  }
}

TEST_F(TranslatorResults, ComeWithProgress) {
  const Lines lines = {"Hunde", "", "Ball", "Kinder lachen"};
  TranslatorOptions single = options();
  single.decoding.batch_tokens = 1;
  std::vector<std::int64_t> seen;
  translator(single).translate_all(own(), {lines}, nullptr,
                                   [&](std::int64_t done) { seen.push_back(done); });
  EXPECT_THAT(seen, ElementsAre(2, 3, 4)) << "blank lines are done at once";
}

using TranslatorPrefixes = TranslatorFixture;

TEST_F(TranslatorPrefixes, BeginEveryTranslation) {
  const Lines lines = {"Hunde spielen", "Kinder lachen im Park", "", "Ball", "zwei Frau und Mann"};
  const Lines prefixes = {"zwei Hu", "", "Ball", " im  Wasser und mit einem roten Hemd ", "\u65e5"};
  const Lines begins = {"zwei Hu", "", "", "im Wasser und mit einem roten Hemd", " \u2047 "};
  TranslatorOptions drawing = options(4);
  drawing.draw = DrawOptions{};
  for (TranslatorOptions each : {options(1), options(4), drawing}) {
    each.num_best = each.decoding.beam_size == 1 ? 1 : 3;
    each.decoding.min_length = 6;
    const auto results = translator(each).translate_all(own(), {lines, prefixes});
    ASSERT_THAT(results, SizeIs(lines.size()));
    std::size_t longer = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      ASSERT_FALSE(results[i].empty());
      for (const Translation& translation : results[i]) {
        EXPECT_THAT(translation.text, testing::StartsWith(begins[i]));
        longer += translation.text.size() > begins[i].size();
      }
    }
    EXPECT_GE(longer, 3u);
    EXPECT_EQ(results[2][0].text, "") << "blank to blank";
  }
}

TEST_F(TranslatorPrefixes, AreThoseOfTheirLinesInAnyBatch) {
  const Lines lines = test::sample_sentences(8, 5);
  Lines prefixes;
  for (const std::string& line : test::sample_sentences(8, 6))
    prefixes.push_back(line.substr(0, line.find(' ')));
  prefixes[3] = "";
  TranslatorOptions single = options();
  single.decoding.batch_tokens = 1;
  TranslatorOptions all = options();
  all.decoding.batch_tokens = 100'000;
  const auto one_by_one = translator(single).translate_all(own(), {lines, prefixes});
  const auto together = translator(all).translate_all(own(), {lines, prefixes});
  ASSERT_THAT(one_by_one, SizeIs(8));
  ASSERT_THAT(together, SizeIs(8));
  for (std::size_t i = 0; i < 8; ++i) {
    EXPECT_EQ(together[i][0].text, one_by_one[i][0].text);
    EXPECT_THAT(together[i][0].text, testing::StartsWith(prefixes[i]));
  }
  EXPECT_EQ(together[3][0].text, translate({lines[3]}, options())[0]);
}

TEST_F(TranslatorPrefixes, AreCutAtTheLongestTranslation) {
  const std::string prefix = "Kinder lachen im Park";
  auto subwords = tokenizer_->encode(prefix);
  ASSERT_GT(subwords.size(), 3u);
  subwords.resize(3);
  TranslatorOptions bounded = options();
  bounded.max_target_length = 3;
  const Lines lines = {"Ball", "Hunde spielen"};
  const Lines prefixes = {"", prefix};
  const TranslationService cutting = translator(bounded);
  const auto results = cutting.translate_all(own(), {lines, prefixes});
  EXPECT_EQ(results.at(1).at(0).text, tokenizer_->decode(subwords));
  EXPECT_EQ(results[1][0].num_tokens, 4);
  EXPECT_THAT(results.cut_prefixes, ElementsAre(1));
  EXPECT_THAT(results.cut_lines, IsEmpty());
  EXPECT_THAT(cutting.translate_all(own(), {lines}).cut_prefixes, IsEmpty());
}

TEST_F(TranslatorPrefixes, FollowWhatEveryTranslationBeginsWith) {
  const auto first = static_cast<std::int32_t>(tokenizer_->encode("Ball").front());
  const Lines lines = {"Hunde spielen", "", "Kinder lachen"};
  const Lines prefixes = {"", "", "im Park"};
  Tokens expected = tokenizer_->encode("im Park");
  expected.insert(expected.begin(), first);
  for (const std::int64_t beam_size : {1, 3}) {
    TranslationService forcing(*tokenizer_, *tokenizer_, TokenRoles{.forced_first = first},
                               options(beam_size));
    const auto without = forcing.translate_all(own(), {lines});
    const auto with = forcing.translate_all(own(), {lines, prefixes});
    ASSERT_THAT(with, SizeIs(3));
    EXPECT_EQ(without[0][0].tokens.at(0), first);
    EXPECT_EQ(with[0][0].tokens, without[0][0].tokens);
    EXPECT_THAT(with[1][0].tokens, IsEmpty());
    ASSERT_GE(with[2][0].tokens.size(), expected.size());
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), with[2][0].tokens.begin()));
  }
}

TEST_F(TranslatorPrefixes, WhatEveryTranslationBeginsWithIsCertain) {
  const auto first = static_cast<std::int32_t>(tokenizer_->encode("Ball").front());
  const Lines lines = {"Hunde spielen"};
  const Lines prefixes = {tokenizer_->decode(Tokens{first})};
  ASSERT_THAT(tokenizer_->encode(prefixes[0]), ElementsAre(first));
  TranslationService forcing(*tokenizer_, *tokenizer_, TokenRoles{.forced_first = first},
                             options(1));
  const auto certain = forcing.translate_all(own(), {lines});
  const auto said = translator(options(1)).translate_all(own(), {lines, prefixes});
  EXPECT_EQ(certain[0][0].tokens, said[0][0].tokens);
  EXPECT_GT(certain[0][0].log_probability, said[0][0].log_probability + 0.01);
}

TEST_F(TranslatorResults, NeverExceedTheLongestTranslation) {
  TranslatorOptions bounded = options(3);
  bounded.decoding.min_length = 6;
  bounded.max_target_length = 3;
  const Lines lines = test::sample_sentences(4);
  for (const auto& translations : translator(bounded).translate_all(own(), {lines}))
    EXPECT_EQ(translations.front().num_tokens, 4) << "goes before the shortest";
}

TEST_F(TranslatorResults, AreThoseOfTheSearch) {
  const Lines lines = test::sample_sentences(5, 7);
  for (const std::int64_t ngram : {0, 1}) {
    for (const Models& models : {own(), pair()}) {
      TranslatorOptions each = options(3);
      each.num_best = 2;
      each.decoding.no_repeat_ngram = ngram;
      each.decoding.min_length = 8;
      SearchOptions search = search_options(3, 2);
      search.no_repeat_ngram = ngram;
      search.min_length = 8;
      const auto results = translator(each).translate_all(models, {lines});
      ASSERT_THAT(results, SizeIs(5));
      for (std::size_t i = 0; i < 5; ++i) {
        const auto expected = searched(models, lines[i], search);
        ASSERT_THAT(expected, SizeIs(2));
        for (std::size_t k = 0; k < 2; ++k) {
          EXPECT_EQ(results[i].at(k).text, tokenizer_->decode(expected[k].tokens));
          EXPECT_NEAR(results[i][k].log_probability, expected[k].log_probability, 1e-4);
          EXPECT_NEAR(results[i][k].score, expected[k].score, 1e-4);
        }
      }
    }
  }
}

TEST_F(TranslatorResults, HaveTheLinksOfTheirWords) {
  Lines lines = test::sample_sentences(4, 7);
  lines.insert(lines.begin() + 1, "");
  TranslatorOptions linking = options(3);
  linking.num_best = 2;
  linking.alignment = AlignmentOptions{1, 0};
  const auto results = translator(linking).translate_all(own(), {lines});
  ASSERT_THAT(results, SizeIs(5));
  EXPECT_THAT(results[1].at(0).links, IsEmpty());
  std::size_t links = 0;
  for (const std::size_t i : {0u, 2u, 3u, 4u}) {
    const auto source = tokenizer_->encode(lines[i]);
    const auto found = searched(own(), lines[i], search_options(3, 2));
    for (std::size_t k = 0; k < 2; ++k) {
      const auto weights =
          cross_attention(own(), {{source, found[k].tokens}}, {}, *linking.alignment);
      const WordLinks expected = link_words(weights.at(0), words_of_text(*tokenizer_, lines[i]),
                                            words_of_decoded(*tokenizer_, found[k].tokens));
      EXPECT_EQ(results[i].at(k).links, expected);
      links += expected.size();
    }
  }
  EXPECT_GT(links, 8u);
  linking.alignment.reset();
  for (const auto& translations : translator(linking).translate_all(own(), {lines}))
    EXPECT_THAT(translations.front().links, IsEmpty());
}

TEST_F(TranslatorResults, HaveTheLinksOfTheirPieces) {
  const Lines lines = {"Kinder lachen im Park", "Hund"};
  TranslatorOptions linking = options(2);
  linking.alignment = AlignmentOptions{1, 0, AlignmentUnit::piece};
  const auto results = translator(linking).translate_all(own(), {lines});
  ASSERT_THAT(results, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    const Translation& found = results[i].at(0);
    const auto source = tokenizer_->encode(lines[i]);
    ASSERT_FALSE(found.tokens.empty());
    const auto weights = cross_attention(own(), {{source, found.tokens}}, {}, *linking.alignment);
    EXPECT_EQ(found.links, link_words(weights.at(0), words_of_their_own(source.size()),
                                      words_of_their_own(found.tokens.size())));
    EXPECT_EQ(found.links.size(), found.tokens.size());
  }
}

TEST_F(TranslatorResults, HaveAScoreForEachTokenWhereAsked) {
  Lines lines = test::sample_sentences(4, 7);
  lines.insert(lines.begin() + 1, "");
  for (const Models& models : {own(), pair()}) {
    TranslatorOptions scoring = options(3);
    scoring.num_best = 2;
    scoring.has_token_scores = true;
    const auto results = translator(scoring).translate_all(models, {lines});
    ASSERT_THAT(results, SizeIs(5));
    EXPECT_THAT(results[1].at(0).token_scores, IsEmpty());
    std::size_t scores = 0;
    for (const std::size_t i : {0u, 2u, 3u, 4u}) {
      for (const Translation& translation : results[i]) {
        ASSERT_THAT(translation.token_scores, SizeIs(translation.tokens.size() + 1));
        double sum = 0;
        for (const double score : translation.token_scores) {
          EXPECT_LT(score, 0);
          sum += score;
        }
        EXPECT_NEAR(sum, translation.log_probability, 1e-4);
        scores += translation.token_scores.size();
      }
    }
    EXPECT_GT(scores, 20u);
  }
}

using TranslatorDraws = TranslatorFixture;

TranslatorOptions drawing(TranslatorOptions options, std::int64_t batch_tokens = 100) {
  options.draw = DrawOptions{.temperature = 1.5, .seed = 3};
  options.num_best = 2;
  options.decoding.batch_tokens = batch_tokens;
  return options;
}

Lines texts_of(const Translations& results) {
  Lines texts;
  for (const auto& translations : results) {
    for (const Translation& translation : translations)
      texts.push_back(translation.text);
  }
  return texts;
}

TEST_F(TranslatorDraws, DoNotDependOnTheSizeOfABatch) {
  const Lines lines = test::sample_sentences(12, 5);
  const auto draw = [&](std::int64_t batch_tokens) {
    return texts_of(translator(drawing(options(), batch_tokens)).translate_all(own(), {lines}));
  };
  const Lines one_by_one = draw(1);
  ASSERT_THAT(one_by_one, SizeIs(24));
  EXPECT_EQ(draw(100'000), one_by_one);
  EXPECT_EQ(draw(70), one_by_one);
}

TEST_F(TranslatorDraws, DependOnTheLinesNumberNotOnTheRequest) {
  const Lines lines(8, "Kinder lachen im Park");
  TranslationService drawer = translator(drawing(options()));
  const Lines all = texts_of(drawer.translate_all(own(), {lines, {}, 100}));
  ASSERT_THAT(all, SizeIs(16));
  Lines in_parts;
  for (const auto& [begin, count] : {std::pair{0u, 3u}, {3u, 1u}, {4u, 4u}}) {
    const std::span<const std::string> part = std::span(lines).subspan(begin, count);
    for (std::string& text : texts_of(drawer.translate_all(own(), {part, {}, 100 + begin})))
      in_parts.push_back(std::move(text));
  }
  EXPECT_EQ(in_parts, all);
  EXPECT_NE(texts_of(drawer.translate_all(own(), {lines})), all);
  Lines distinct = all;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  EXPECT_GT(distinct.size(), 12u) << "equal lines draw for themselves";
}

}  // namespace
}  // namespace regard
