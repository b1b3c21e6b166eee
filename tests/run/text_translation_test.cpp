#include "regard/run/text_translation.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/nbest_list.h"
#include "regard/run/text_input.h"
#include "regard/run/torch_backend.h"

#include "core/file_support.h"
#include "run/small_model.h"
#include "train/toy_run.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::spill;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class TextTranslation : public testing::Test {
 protected:
  TextTranslation() {
    test::save_small_model(folder_ / "model");
    sources_ = test::sample_sentences(4, 9);
    sources_.insert(sources_.begin() + 2, "");
    spill(folder_ / "in", join(sources_, "\n") + "\n");
    options_.model = (folder_ / "model").string();
    options_.input = (folder_ / "in").string();
    options_.output = (folder_ / "out").string();
  }

  bool translate(const std::function<void()>& on_open = {}) {
    return translate_text(options_, TorchBackend(), {logger_, stop_, on_open});
  }
  std::vector<std::string> lines(const char* name) const {
    return read_lines(folder_ / name, InvalidUtf8::error);
  }
  /// What a translator finds that was given all lines at once.
  std::vector<std::string> expected() const {
    const LoadedTranslator loaded =
        make_translator(TorchBackend().load({options_.model, "cpu", {}}), {});
    std::vector<std::string> texts;
    for (const auto& found : loaded.translator.translate_all(loaded.models, {sources_}))
      texts.push_back(found.front().text);
    return texts;
  }

  test::TemporaryFolder folder_;
  test::RecordingLogger logger_;
  StopFlag stop_;
  std::vector<std::string> sources_;
  TextTranslationOptions options_;
};

TEST_F(TextTranslation, EachLineHasItsTranslation) {
  EXPECT_TRUE(translate());
  EXPECT_THAT(lines("out"), SizeIs(5));
  EXPECT_EQ(lines("out"), expected());
  EXPECT_EQ(lines("out")[2], "");
  EXPECT_THAT(logger_.of(LogLevel::info), ElementsAre(StartsWith("5 lines in ")));
}

TEST_F(TextTranslation, AnNBestListHasTheBestTranslationFirst) {
  const std::vector<std::string> best = expected();
  options_.num_best = 2;
  EXPECT_TRUE(translate());
  const std::vector<std::string> list = lines("out");
  ASSERT_THAT(list, SizeIs(9));  // one for the blank line
  std::int64_t last = -1;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const NBestEntry entry = parse_nbest_entry(list[i], {"out", static_cast<std::int64_t>(i) + 1});
    if (entry.sentence != last) {
      EXPECT_EQ(entry.sentence, ++last);
      EXPECT_EQ(entry.text, best.at(static_cast<std::size_t>(last)));
    }
    EXPECT_THAT(entry.features, StartsWith("F0= "));
  }
  EXPECT_EQ(last, 4);
}

TEST_F(TextTranslation, LinksAndSubwordsHaveALineForEachTranslation) {
  options_.alignments = (folder_ / "links").string();
  options_.pieces = (folder_ / "pieces").string();
  EXPECT_TRUE(translate());
  EXPECT_THAT(lines("links"), SizeIs(5));
  EXPECT_THAT(lines("pieces"), SizeIs(5));
  EXPECT_THAT(lines("links")[0], HasSubstr("-"));
  EXPECT_THAT(lines("pieces")[0], HasSubstr("\t"));
}

TEST_F(TextTranslation, PrefixesAreOneForEachLine) {
  options_.prefix = (folder_ / "prefixes").string();
  spill(folder_ / "prefixes", "ein Mann\n\n\n\nzwei\n");
  EXPECT_TRUE(translate());
  EXPECT_THAT(lines("out")[0], StartsWith("ein Mann"));
  EXPECT_THAT(lines("out")[4], StartsWith("zwei"));
  fs::remove(folder_ / "out");
  for (const auto& [text, what] : {std::pair("ein\n", "fewer"), {"\n\n\n\n\n\n", "more"}}) {
    spill(folder_ / "prefixes", text);
    EXPECT_THAT(test::error_of<UserError>([&] { translate(); }), HasSubstr(what));
    EXPECT_FALSE(fs::exists(folder_ / "out"));
  }
}

TEST_F(TextTranslation, AStopLeavesNothingHalfDone) {
  EXPECT_FALSE(translate([&] { stop_.request(15); }));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
  EXPECT_THAT(logger_.of(LogLevel::info), ElementsAre(HasSubstr("stopped by SIGTERM after 0")));
}

TEST_F(TextTranslation, AMissingInputIsNamedBeforeTheModelIsOpened) {
  options_.model = "nowhere";
  options_.input = (folder_ / "missing").string();
  bool is_open = false;
  EXPECT_THAT(test::error_of<UserError>([&] { translate([&] { is_open = true; }); }),
              HasSubstr("missing"));
  EXPECT_FALSE(is_open);
}

}  // namespace
}  // namespace regard
