#include "regard/config/emitter.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/fields.h"
#include "regard/config/reader.h"

#include "config/example_options.h"

namespace regard::config {
namespace {

using example::Options;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Options full_options() {
  Options options;
  options.output = "runs/a: \"b\" \\ \t\n\u00e4 \u2028 \x01 #";
  options.data.train = {{"a.en", 0.1, ">>de<<"}, {"true", 1e300, "none"}};
  options.model.norm = example::NormPlacement::none;
  options.model.kernels = {};
  options.model.attention = example::AttentionOptions{4, 1.0 / 3.0};
  options.model.levels = {{1, {}}, {2, 5e-324}};
  options.training.metrics = {"", "null", "- x", "a, b", "8", "1e3", "~", "\xEF\xBB\xBF"};
  options.training.max_updates = std::numeric_limits<std::int64_t>::min();
  options.training.clip_norm.reset();
  return options;
}

TEST(ToYaml, WritesEveryKeyOfTheDefaults) {
  const Options options;
  EXPECT_EQ(to_yaml(options), R"(output: ""
seed: 1
data:
  train: []
  max_length: 256
model:
  dim: 512
  heads: 8
  norm: pre
  kernels: [3]
  levels: []
training:
  schedule:
    type: inverse_sqrt
    peak: 0.0007
    warmup: 4000
  precision: auto
  metrics: [bleu]
  is_quiet: false
  clip_norm: 1.0
)");
}

TEST(ToYaml, NestsListsOfGroupsAndWritesNoneWhereTheDefaultIsPresent) {
  Options options;
  options.data.train = {{"a", 1.0, ""}, {"b", 1e-9, "x y"}};
  options.model.attention.emplace();
  options.training.clip_norm.reset();
  const std::string text = to_yaml(options);
  EXPECT_THAT(
      text,
      HasSubstr("  train:\n    - source: a\n      weight: 1.0\n      tag: \"\"\n    - source: b\n"
                "      weight: 1.0e-09\n      tag: \"x y\"\n"));
  EXPECT_THAT(text, HasSubstr("  attention:\n    heads: 8\n  levels: []\n"));
  EXPECT_THAT(text, HasSubstr("  clip_norm: none\n"));
}

/// What a struct reads back as, without the rules, which full_options() breaks on purpose.
template <class T>
T reread(const T& value) {
  const Document document = parse_yaml(to_yaml(value), "round.yaml");
  std::vector<Problem> problems;
  T result = read<T>(document, problems);
  for (const Problem& problem : problems) {
    EXPECT_THAT(problem.what,
                ::testing::AnyOf(HasSubstr("allowed: "), HasSubstr("is not one of bleu")));
  }
  return result;
}

TEST(ToYaml, LoadsBackToTheSame) {
  const Options options = full_options();
  const Options again = reread(options);
  EXPECT_THAT(differences(options, again), IsEmpty());
  EXPECT_EQ(again.output, options.output);
  EXPECT_EQ(again.training.metrics, options.training.metrics);
  ASSERT_EQ(again.model.levels.size(), 2U);
  EXPECT_EQ(again.model.levels[1].clip, 5e-324);
  EXPECT_EQ(again.model.attention->clip, 1.0 / 3.0);
  EXPECT_EQ(to_yaml(again), to_yaml(options));
}

TEST(ToYaml, QuotesWhatAReaderCouldTakeForSomethingElse) {
  Options options;
  const auto tag_of = [&](const std::string& tag) {
    options.data.train = {{"a", 1.0, tag}};
    const std::string text = to_yaml(options);
    const std::size_t start = text.find("tag: ") + 5;
    return text.substr(start, text.find('\n', start) - start);
  };
  EXPECT_EQ(tag_of("data/train-1.en"), "data/train-1.en");
  EXPECT_EQ(tag_of("average:1.0"), "\"average:1.0\"");
  for (const char* word : {"No", "null", "TRUE", "none", "8", "-", ".5", "~", "y"}) {
    EXPECT_EQ(tag_of(word), std::string("\"") + word + "\"");
  }
}

TEST(ShowConfig, TellsWhereEachValueComesFrom) {
  Document document = parse_yaml("output: out\nmodel:\n  dim: 64\ndata: {train: [{source: a}]}\n",
                                 "configs/a.yaml");
  document.set("model.norm=post");
  document.fill_text("model", "{dim: 128, heads: 4}", {"preset transformer_small"});
  const std::string text = show(read<Options>(document), document);
  EXPECT_THAT(text, HasSubstr("output: out                             # configs/a.yaml:1\n"));
  EXPECT_THAT(text, HasSubstr("\nseed: 1                                 # default\n"));
  EXPECT_THAT(text, HasSubstr("\n    - source: a                         # configs/a.yaml:4\n"));
  EXPECT_THAT(text, HasSubstr("\n  dim: 64                               # configs/a.yaml:3\n"));
  EXPECT_THAT(text,
              HasSubstr("\n  heads: 4                              # preset transformer_small\n"));
  EXPECT_THAT(text, HasSubstr("\n  norm: post                            # --set\n"));
  EXPECT_THAT(text, HasSubstr("\nmodel:\n"));
  EXPECT_THAT(differences(read<Options>(parse_yaml(text, "shown.yaml")), read<Options>(document)),
              IsEmpty());
}

TEST(AnnotatedConfig, ExplainsEveryKey) {
  const std::string text = annotated<Options>();
  EXPECT_THAT(text, HasSubstr("# The model directory. (must be given)\noutput: \"\"\n"));
  EXPECT_THAT(text, HasSubstr("    # Updates of linear growth; 0 = none. (at least 0; in "
                              "updates)\n    warmup: 4000\n"));
  EXPECT_THAT(text, HasSubstr("  # Where the norm stands. (pre, post, none)\n  norm: pre\n"));
  EXPECT_THAT(text, HasSubstr("  # The corpora.\n"
                              "  train: []\n"
                              "  #   - source: \"\"  # The file. (must be given; not empty)\n"
                              "  #     weight: 1.0  # Passes per epoch. (above 0)\n"
                              "  #     tag: \"\"  # Put before each line.\n"));
  EXPECT_THAT(text, HasSubstr("  # Attention to the source.\n"
                              "  attention: none\n"
                              "  #   heads: 8  # Parallel heads. (at least 1)\n"
                              "  #   clip: none  # Bound of the scores. (above 0)\n"));
}

TEST(AnnotatedConfig, IsTheDefaults) {
  Document document = parse_yaml(annotated<Options>(), "annotated.yaml");
  document.set("output=out");
  Options expected;
  expected.output = "out";
  EXPECT_THAT(differences(read<Options>(document), expected), IsEmpty());
}

}  // namespace
}  // namespace regard::config
