#include "regard/data/corpus.h"

#include <algorithm>
#include <set>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/text/words.h"

#include "core/file_support.h"
#include "text/sample_text.h"

namespace regard {
namespace {

using test::sample_sentences;
using test::sample_tokenizer;
using test::slurp;
using test::spill;
using test::TemporaryFolder;
using testing::HasSubstr;

using TokenIds = std::vector<std::int32_t>;

std::string joined(const std::vector<std::string>& lines) {
  return join(lines, "\n") + "\n";
}

TokenIds ids_of(std::span<const std::int32_t> tokens) {
  return {tokens.begin(), tokens.end()};
}

class CorpusFixture : public testing::Test {
 protected:
  /// Writes both sides of a corpus and names them.
  CorpusFiles write_raw(const std::string& name, const std::string& source,
                        const std::string& target) const {
    spill(folder_ / (name + ".en"), source);
    spill(folder_ / (name + ".de"), target);
    return {folder_ / (name + ".en"), folder_ / (name + ".de"), 1.0, ""};
  }
  CorpusFiles write(const std::string& name, const std::vector<std::string>& source,
                    const std::vector<std::string>& target) const {
    return write_raw(name, joined(source), joined(target));
  }
  Corpus load(const std::vector<CorpusFiles>& files, const CorpusLoading& loading = {}) const {
    return Corpus::load(files, tokenizer_, tokenizer_, loading);
  }
  CorpusLoading cached() const {
    CorpusLoading loading;
    loading.cache_folder = folder_ / "cache";
    return loading;
  }
  std::string message_of(const std::vector<CorpusFiles>& files,
                         const CorpusLoading& loading = {}) const {
    try {
      load(files, loading);
    } catch (const UserError& error) {
      return error.what();
    }
    return "no UserError";
  }

  TemporaryFolder folder_;
  Tokenizer tokenizer_ = sample_tokenizer();
};

using CorpusLoad = CorpusFixture;
using CorpusCacheUse = CorpusFixture;

void expect_equal_corpora(const Corpus& a, const Corpus& b) {
  ASSERT_GT(a.size(), 0);
  ASSERT_EQ(a.size(), b.size());
  for (std::int64_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(ids_of(a.source(i)), ids_of(b.source(i)));
    ASSERT_EQ(ids_of(a.target(i)), ids_of(b.target(i)));
  }
  EXPECT_EQ(a.report().total, b.report().total);
}

TEST_F(CorpusLoad, GivesTheSubwordsOfEveryPairInOrder) {
  const auto source = sample_sentences(20'000, 3);
  const auto target = sample_sentences(20'000, 4);
  const Corpus corpus = load({write("a", source, target)});
  ASSERT_EQ(corpus.size(), 20'000);
  ASSERT_EQ(corpus.lengths().size(), 20'000u);
  for (std::int64_t i = 0; i < corpus.size(); i += 7) {
    const auto index = static_cast<std::size_t>(i);
    ASSERT_EQ(ids_of(corpus.source(i)), tokenizer_.encode(source[index]));
    ASSERT_EQ(ids_of(corpus.target(i)), tokenizer_.encode(target[index]));
    ASSERT_EQ(corpus.lengths()[index].source, std::ssize(corpus.source(i)));
    ASSERT_EQ(corpus.lengths()[index].target, std::ssize(corpus.target(i)));
  }
  EXPECT_THROW(corpus.source(-1), std::out_of_range);
  EXPECT_THROW(corpus.source(corpus.size()), std::out_of_range);
}

TEST_F(CorpusLoad, ThreadsDoNotChangeTheResult) {
  const auto files = write("a", sample_sentences(3000, 3), sample_sentences(3000, 4));
  CorpusLoading one;
  one.threads = 1;
  CorpusLoading five;
  five.threads = 5;
  expect_equal_corpora(load({files}, one), load({files}, five));
}

TEST_F(CorpusLoad, CountsWhatItDropsByReason) {
  std::string many;
  for (int i = 0; i < 60; ++i)
    many += "Hunde ";
  const std::vector<std::string> source = {"Hunde", "", "Hunde", many, "Mann", "Kinder lachen"};
  const std::vector<std::string> target = {"Mann", "Mann", " \t", "Ball", many, "Kinder lachen"};
  CorpusLoading loading;
  loading.max_length = 50;
  const CorpusCounts counts = load({write("a", source, target)}, loading).report().total;
  EXPECT_EQ(counts.pairs_read, 6);
  EXPECT_EQ(counts.kept, 2);
  EXPECT_EQ(counts.blank, 2);
  EXPECT_EQ(counts.too_long, 2);
  EXPECT_EQ(counts.uneven, 0);
  EXPECT_THAT(to_string(counts), HasSubstr("2 of 6 pairs kept (2 blank, 2 too long)"));

  loading.max_length = 0;
  loading.max_ratio = 3.0;
  const CorpusCounts uneven = load({write("a", source, target)}, loading).report().total;
  EXPECT_EQ(uneven.uneven, 2);
  EXPECT_EQ(uneven.kept, 2);
}

TEST_F(CorpusLoad, MaxLengthDoesNotCountTheEndMark) {
  const std::string line = "Kinder lachen unter der Brücke";
  const auto length = static_cast<std::int64_t>(tokenizer_.encode(line).size());
  const auto files = write("a", {line, "Ball"}, {line, "Ball"});
  CorpusLoading loading;
  loading.max_length = length;
  EXPECT_EQ(load({files}, loading).size(), 2);
  loading.max_length = length - 1;
  EXPECT_EQ(load({files}, loading).size(), 1);
}

TEST_F(CorpusLoad, CountsUnknownPieces) {
  const CorpusCounts counts =
      load({write("a", {"Hunde \u65e5"}, {"Hunde \u65e5 Mann \u672c"})}).report().total;
  EXPECT_EQ(counts.source_unknown, 1);
  EXPECT_EQ(counts.target_unknown, 2);
  EXPECT_EQ(counts.source_tokens, std::ssize(tokenizer_.encode("Hunde \u65e5")));
}

TEST_F(CorpusLoad, SeveralCorporaKeepTheirWeightsAndTags) {
  CorpusFiles first = write("a", {"Hunde", "Mann"}, {"Ball", "Frau"});
  CorpusFiles second = write("b", {"Kinder", "", "Wasser"}, {"Park", "x", "Bank"});
  first.weight = 2.5;
  second.tag = "<BT>";
  CorpusLoading loading;
  loading.keep_text = true;
  const Corpus corpus = load({first, second}, loading);
  ASSERT_EQ(corpus.size(), 4);
  ASSERT_EQ(corpus.ranges().size(), 2u);
  EXPECT_EQ(corpus.ranges()[0].begin, 0);
  EXPECT_EQ(corpus.ranges()[0].end, 2);
  EXPECT_EQ(corpus.ranges()[0].weight, 2.5);
  EXPECT_EQ(corpus.ranges()[1].end, 4);
  EXPECT_EQ(corpus.corpus_of(1), 0);
  EXPECT_EQ(corpus.corpus_of(2), 1);
  EXPECT_EQ(ids_of(corpus.source(2)), tokenizer_.encode("<BT> Kinder"));
  EXPECT_EQ(ids_of(corpus.target(2)), tokenizer_.encode("Park"));
  EXPECT_EQ(corpus.source_text(3), "<BT> Wasser");
  EXPECT_EQ(corpus.target_text(3), "Bank");
  ASSERT_EQ(corpus.report().corpora.size(), 2u);
  EXPECT_EQ(corpus.report().corpora[1].blank, 1);
}

TEST_F(CorpusLoad, ACorpusOfWeightZeroIsNotRead) {
  CorpusFiles absent{folder_ / "none.en", folder_ / "none.de", 0.0, ""};
  EXPECT_EQ(load({absent, write("a", {"Hunde"}, {"Ball"})}).ranges().size(), 1u);
}

TEST_F(CorpusLoad, UnequalFilesAreRefusedWithBothNamesAndCounts) {
  const auto lines = sample_sentences(9000);
  auto fewer = lines;
  fewer.resize(8999);
  EXPECT_THAT(message_of({write("a", fewer, lines)}),
              testing::AllOf(HasSubstr("a.de:9000: 1 line more than "),
                             HasSubstr("a.en (9000 against 8999). Fix: re-align the pair.")));
  fewer.resize(10);
  EXPECT_THAT(message_of({write("a", lines, fewer)}),
              testing::AllOf(HasSubstr("a.en:11: 8990 lines more than "),
                             HasSubstr("a.de (9000 against 10)")));
}

TEST_F(CorpusLoad, InvalidUtf8IsAnErrorOrDroppedOrReplaced) {
  const auto files = write_raw("a", "Hunde\nMa\xFFnn\n", "Ball\nFrau\n");
  EXPECT_THAT(message_of({files}), HasSubstr("a.en:2: byte 3: invalid UTF-8"));
  CorpusLoading loading;
  loading.keep_text = true;
  loading.invalid_utf8 = InvalidUtf8::skip;
  const Corpus skipped = load({files}, loading);
  EXPECT_EQ(skipped.size(), 1);
  EXPECT_EQ(skipped.report().total.invalid_utf8, 1);
  loading.invalid_utf8 = InvalidUtf8::replace;
  const Corpus replaced = load({files}, loading);
  ASSERT_EQ(replaced.size(), 2);
  EXPECT_EQ(replaced.source_text(1), "Ma\uFFFDnn");
}

TEST_F(CorpusLoad, LineEndsAndByteOrderMarksMakeNoDifference) {
  const Corpus plain = load({write_raw("a", "Hunde\nMann\n", "Ball\nFrau\n")});
  const Corpus odd = load({write_raw("b", "\xEF\xBB\xBFHunde\r\nMann", "Ball\r\nFrau\r\n")});
  expect_equal_corpora(plain, odd);
}

TEST_F(CorpusLoad, NothingToLearnFromIsAnError) {
  EXPECT_THAT(message_of({write_raw("a", "", "")}), HasSubstr("a.en: the corpus is empty"));
  EXPECT_THAT(message_of({write_raw("a", "\n \n", "x\ny\n")}),
              HasSubstr("no pair of the corpus can be used: of 2 are 2 blank"));
  const auto good = write("b", {"Hunde"}, {"Ball"});
  EXPECT_THAT(message_of({good, write_raw("a", "", "")}), HasSubstr("a.en: the corpus is empty"));
}

TEST_F(CorpusLoad, NamesAllFilesThatCannotBeRead) {
  const CorpusFiles absent{folder_ / "none.en", folder_ / "none.de", 1.0, ""};
  EXPECT_THAT(message_of({absent}), testing::AllOf(HasSubstr("none.en"), HasSubstr("none.de")));
  ASSERT_EQ(::mkfifo((folder_ / "pipe.en").c_str(), 0600), 0);
  CorpusFiles pipe = write("a", {"Hunde"}, {"Ball"});
  pipe.source = folder_ / "pipe.en";
  EXPECT_THAT(message_of({pipe}), HasSubstr("pipe.en"));
}

TEST_F(CorpusLoad, OverlongLinesAreDroppedQuickly) {
  std::string unknown;
  for (int i = 0; i < 1'000'000; ++i)
    unknown += "\u65e5";
  CorpusLoading loading;
  loading.max_length = 256;
  const Corpus corpus = load({write("a", {unknown, "Hunde"}, {"Ball", "Mann"})}, loading);
  EXPECT_EQ(corpus.size(), 1);
  EXPECT_EQ(corpus.report().total.too_long, 1);
}

TEST_F(CorpusLoad, AStopRequestEndsTheReading) {
  StopFlag stop;
  stop.request(15);
  CorpusLoading loading = cached();
  loading.stop = &stop;
  EXPECT_THROW(load({write("a", {"Hunde"}, {"Ball"})}, loading), RunError);
  for (const std::string& name : TemporaryFolder::names_in(folder_ / "cache")) {
    ADD_FAILURE() << "left behind: " << name;
  }
}

TEST_F(CorpusLoad, ReportsProgress) {
  std::vector<std::int64_t> seen;
  CorpusLoading loading;
  loading.on_progress = [&](std::int64_t pairs) { seen.push_back(pairs); };
  const auto files = write("a", sample_sentences(9000), sample_sentences(9000));
  load({files, files}, loading);
  ASSERT_GE(seen.size(), 4u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 18'000);
}

TEST_F(CorpusCacheUse, ASecondLoadDoesNotTokeniseAgain) {
  const auto files = write("a", sample_sentences(9000, 3), sample_sentences(9000, 4));
  const Corpus built = load({files}, cached());
  EXPECT_FALSE(built.report().is_from_cache);
  CorpusLoading again = cached();
  again.on_progress = [](std::int64_t) { ADD_FAILURE() << "the files were read again"; };
  const Corpus opened = load({files}, again);
  EXPECT_TRUE(opened.report().is_from_cache);
  expect_equal_corpora(built, opened);
  expect_equal_corpora(opened, load({files}));
  EXPECT_EQ(TemporaryFolder::names_in(folder_ / "cache").size(), 2u);
}

TEST_F(CorpusCacheUse, AChangeOfAnythingMakesItAnew) {
  const auto source = sample_sentences(300, 3);
  const auto target = sample_sentences(300, 4);
  CorpusFiles files = write("a", source, target);
  const auto is_hit = [&](const CorpusFiles& which, const CorpusLoading& loading) {
    return load({which}, loading).report().is_from_cache;
  };
  EXPECT_FALSE(is_hit(files, cached()));
  EXPECT_TRUE(is_hit(files, cached()));

  files.weight = 3.0;
  EXPECT_TRUE(is_hit(files, cached())) << "weights do not change the tokens";
  files.tag = "<BT>";
  EXPECT_FALSE(is_hit(files, cached()));
  CorpusLoading shorter = cached();
  shorter.max_length = 20;
  EXPECT_FALSE(is_hit(files, shorter));
  shorter.keep_text = true;
  EXPECT_FALSE(is_hit(files, shorter));
  EXPECT_TRUE(is_hit(files, shorter));

  write("a", target, source);
  EXPECT_FALSE(is_hit(files, shorter));
  const Tokenizer other = sample_tokenizer(VocabularyType::bpe, 120);
  EXPECT_FALSE(Corpus::load({files}, tokenizer_, other, shorter).report().is_from_cache);
  // Only the newest is kept.
  EXPECT_EQ(TemporaryFolder::names_in(folder_ / "cache").size(), 4u);
}

TEST_F(CorpusCacheUse, NamesSeparateCaches) {
  const auto train = write("train", {"Hunde"}, {"Ball"});
  const auto valid = write("valid", {"Mann"}, {"Frau"});
  CorpusLoading validation = cached();
  validation.cache_name = "valid";
  load({train}, cached());
  load({valid}, validation);
  EXPECT_TRUE(load({train}, cached()).report().is_from_cache);
  EXPECT_TRUE(load({valid}, validation).report().is_from_cache);
}

TEST_F(CorpusCacheUse, DamageAnywhereIsFoundAndMended) {
  const auto files = write("a", sample_sentences(300, 3), sample_sentences(300, 4));
  CorpusLoading loading = cached();
  loading.keep_text = true;
  const Corpus built = load({files}, loading);
  const auto names = TemporaryFolder::names_in(loading.cache_folder);
  ASSERT_EQ(names.size(), 4u);
  RandomStream random(1);
  for (const std::string& name : names) {
    const auto path = loading.cache_folder / name;
    const std::string whole = slurp(path);
    ASSERT_GT(whole.size(), 8u);
    std::vector<std::string> damaged = {"", whole.substr(0, whole.size() / 2), whole + "x",
                                        whole.substr(0, whole.size() - 1)};
    for (int i = 0; i < 8; ++i) {
      std::string flipped = whole;
      char& byte = flipped[static_cast<std::size_t>(random.below(whole.size()))];
      byte = static_cast<char>(byte ^ (1 << random.below(8)));
      damaged.push_back(flipped);
    }
    for (const std::string& bytes : damaged) {
      // The old file stays mapped by `built`: it must not be written in place.
      std::filesystem::remove(path);
      spill(path, bytes);
      const Corpus mended = load({files}, loading);
      ASSERT_FALSE(mended.report().is_from_cache) << name;
      ASSERT_EQ(slurp(path), whole);
    }
    std::filesystem::remove(path);
    EXPECT_FALSE(load({files}, loading).report().is_from_cache);
  }
  const Corpus opened = load({files}, loading);
  EXPECT_TRUE(opened.report().is_from_cache);
  expect_equal_corpora(built, opened);
  EXPECT_EQ(opened.source_text(7), built.source_text(7));
}

TEST_F(CorpusCacheUse, AnErrorLeavesNothingBehind) {
  const auto files = write("a", sample_sentences(9000), sample_sentences(8999));
  EXPECT_THAT(message_of({files}, cached()), HasSubstr("1 line more than"));
  EXPECT_TRUE(TemporaryFolder::names_in(folder_ / "cache").empty());
}

TEST_F(CorpusCacheUse, AFolderThatCannotBeMadeIsARunError) {
  spill(folder_ / "cache", "a file");
  EXPECT_THROW(load({write("a", {"Hunde"}, {"Ball"})}, cached()), RunError);
}

TEST_F(CorpusLoad, TextIsKeptOnlyWhenAsked) {
  const Corpus corpus = load({write("a", {"Hunde"}, {"Ball"})});
  EXPECT_FALSE(corpus.has_text());
  EXPECT_THROW(corpus.source_text(0), std::logic_error);
}

class CorpusLinks : public CorpusFixture {
 protected:
  CorpusFiles linked(const std::string& links, const std::string& tag = "") const {
    CorpusFiles files = write("l", source_, target_);
    spill(folder_ / "l.links", links);
    files.alignments = folder_ / "l.links";
    files.tag = tag;
    return files;
  }
  /// Pairs of words that the links of a pair's subwords join.
  std::set<std::pair<std::string, std::string>> words_of(const Corpus& corpus,
                                                         std::int64_t pair) const {
    const PairLinks links = corpus.links(pair);
    EXPECT_EQ(links.source.size(), links.target.size());
    std::set<std::pair<std::string, std::string>> words;
    for (std::size_t i = 0; i < links.source.size(); ++i)
      words.emplace(word_at(corpus.source(pair), links.source[i]),
                    word_at(corpus.target(pair), links.target[i]));
    return words;
  }
  std::string word_at(std::span<const std::int32_t> ids, std::int32_t place) const {
    const auto words = words_of_decoded(tokenizer_, ids);
    const auto word = static_cast<std::size_t>(words.at(static_cast<std::size_t>(place)));
    return split_words(tokenizer_.decode(ids)).at(word);
  }

  std::vector<std::string> source_ = sample_sentences(4, 3);
  std::vector<std::string> target_ = sample_sentences(4, 5);
};

TEST_F(CorpusLinks, OfWordsBecomeThoseOfTheirSubwords) {
  const Corpus corpus = load({linked("0-1\n\n1-0 2-1\n0-0\n")});
  ASSERT_EQ(corpus.size(), 4);
  ASSERT_TRUE(corpus.has_links());
  const auto word = [](const std::string& line, std::size_t i) { return split_words(line).at(i); };
  using Words = std::set<std::pair<std::string, std::string>>;
  EXPECT_EQ(words_of(corpus, 0), (Words{{word(source_[0], 0), word(target_[0], 1)}}));
  EXPECT_TRUE(words_of(corpus, 1).empty());
  EXPECT_EQ(words_of(corpus, 2), (Words{{word(source_[2], 1), word(target_[2], 0)},
                                        {word(source_[2], 2), word(target_[2], 1)}}));
}

TEST_F(CorpusLinks, CountTheWordsOfTheLineWithoutItsTag) {
  const Corpus corpus = load({linked("0-1\n\n\n\n", "<a> <b>")});
  const auto words = words_of(corpus, 0);
  ASSERT_EQ(words.size(), 1U);
  EXPECT_EQ(words.begin()->first, split_words(source_[0]).at(0));
}

TEST_F(CorpusLinks, StayThoseOfWordsWhereTheTextIsKept) {
  CorpusLoading loading;
  loading.keep_text = true;
  const Corpus corpus = load({linked("0-1 2-0\n\n\n\n", "<a>")}, loading);
  EXPECT_EQ(ids_of(corpus.links(0).source), (TokenIds{1, 3}));
  EXPECT_EQ(ids_of(corpus.links(0).target), (TokenIds{1, 0}));
}

TEST_F(CorpusLinks, AreCachedAndBelongToTheCache) {
  const Corpus fresh = load({linked("0-1\n\n1-0\n0-0\n")}, cached());
  const Corpus again = load({linked("0-1\n\n1-0\n0-0\n")}, cached());
  const CorpusFiles files = write("l", source_, target_);
  EXPECT_FALSE(load({files}, cached()).has_links());
  EXPECT_FALSE(fresh.report().is_from_cache);
  ASSERT_FALSE(words_of(again, 2).empty());
  EXPECT_EQ(words_of(fresh, 2), words_of(again, 2));
}

TEST_F(CorpusLinks, OfOneCorpusLeaveTheOthersWithout) {
  const Corpus corpus = load({write("a", source_, target_), linked("0-1\n\n1-0\n0-0\n")});
  ASSERT_EQ(corpus.size(), 8);
  EXPECT_TRUE(words_of(corpus, 0).empty());
  EXPECT_FALSE(words_of(corpus, 4).empty());
}

TEST_F(CorpusLinks, ThatDoNotFitAreNamed) {
  EXPECT_THAT(message_of({linked("0-1\n\n99-0\n0-0\n")}),
              testing::AllOf(HasSubstr("l.links:3"), HasSubstr("99-0"), HasSubstr("source")));
  EXPECT_THAT(message_of({linked("0-1\nx\n\n\n")}),
              testing::AllOf(HasSubstr("l.links:2"), HasSubstr("'x'")));
  EXPECT_THAT(message_of({linked("0-1\n")}),
              testing::AllOf(HasSubstr("l.links:2"), HasSubstr("no links for line 2")));
  EXPECT_THAT(message_of({linked("\n\n\n\n\n")}),
              testing::AllOf(HasSubstr("l.links:5"), HasSubstr("1 line more")));
}

}  // namespace
}  // namespace regard
