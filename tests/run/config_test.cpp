#include "regard/run/config.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/emitter.h"
#include "regard/config/fields.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "core/file_support.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

using test::slurp;
using test::spill;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<fs::path> committed_configs() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::recursive_directory_iterator("configs")) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

const std::string kSmall =
    "output: runs/x\n"
    "data:\n"
    "  train:\n"
    "    - {source: a, target: b}\n"
    "model: {preset: transformer_tiny}\n";

LoadedConfig load_text(const std::string& text, const std::vector<std::string>& assignments = {}) {
  const TemporaryFolder folder;
  spill(folder / "x.yaml", text);
  return load_config(folder / "x.yaml", assignments);
}

std::string message_of(const std::vector<std::string>& assignments) {
  return test::error_of<UserError>([&] { load_text(kSmall, assignments); });
}

TEST(Configurations, OfTheProjectAllLoad) {
  const auto paths = committed_configs();
  ASSERT_GE(paths.size(), 18U) << "run where configs/ is";
  for (const fs::path& path : paths) {
    EXPECT_NO_THROW({
      const Config config = load_config(path, {}).config;
      EXPECT_TRUE(config.model.encoder) << path;
      EXPECT_NE(config.model.decoder.has_value(), config.model.head.has_value()) << path;
      EXPECT_EQ(config.model.head.has_value(), task_spec(config.task).has_head) << path;
    }) << path;
  }
}

TEST(Configurations, ReadBackFromTheirFullTextAsTheSame) {
  for (const fs::path& path : committed_configs()) {
    const Config config = load_config(path, {}).config;
    const std::string text = config::to_yaml(config);
    const Config again = load_text(text).config;
    EXPECT_THAT(config::differences(config, again), IsEmpty()) << path;
    EXPECT_EQ(config::to_yaml(again), text) << path;
  }
}

TEST(Configurations, ReadBackFromTheTextOfAModelFolderAsTheSame) {
  int with_sizes = 0;
  for (const fs::path& path : committed_configs()) {
    const Config config = load_config(path, {}).config;
    const std::string text = config_text(config);
    if (!testing::Value(text, HasSubstr("  heads: 0\n"))) ++with_sizes;
    const Config again = load_text(text).config;
    EXPECT_THAT(config::differences(config, again), IsEmpty()) << path;
    EXPECT_EQ(config_text(again), text) << path;
  }
  EXPECT_GE(with_sizes, 4);
}

TEST(Configurations, ShowTheSizesThatWereChosen) {
  const std::string text = show_config(
      load_text(kSmall, {"model.encoder_layers=12", "model.decoder_layers=2", "model.dim=256"}));
  EXPECT_THAT(text, testing::ContainsRegex("preset: transformer_tiny +# .*x.yaml:5"));
  EXPECT_THAT(text, testing::ContainsRegex("dim: 256 +# --set"));
  EXPECT_THAT(text, testing::ContainsRegex("encoder_layers: 12 +# --set"));
  EXPECT_THAT(text, testing::ContainsRegex("  heads: 4 +# preset transformer_tiny"));
  EXPECT_THAT(text, testing::ContainsRegex("feed_forward: 1024 +# 4 \\* model.dim"));
  EXPECT_THAT(text, testing::ContainsRegex("repeat: 12 +# preset transformer_tiny"));
}

TEST(Configurations, ShowWhereEachValueComesFrom) {
  const LoadedConfig loaded = load_text(kSmall, {"seed=7"});
  const std::string text = config::show(loaded.config, loaded.document);
  EXPECT_THAT(text, testing::ContainsRegex("seed: 7 +# --set"));
  EXPECT_THAT(text, testing::ContainsRegex("output: runs/x +# .*x.yaml:1"));
  EXPECT_THAT(text, testing::ContainsRegex("heads: 4 +# preset transformer_tiny"));
  EXPECT_THAT(text, testing::ContainsRegex("batch_tokens: 4096 +# default"));
}

TEST(Configurations, AreTheSameFromPresetAndFullForm) {
  const Config preset = load_text(kSmall).config;
  EXPECT_EQ(preset.model.preset, Preset::custom);
  EXPECT_EQ(preset.model.dim, 128);
  EXPECT_EQ(preset.model.encoder->blocks->repeat, 2);
  const Config flat =
      load_text(kSmall, {"model={dim: 128, layers: 2, heads: 4, feed_forward: 512}"}).config;
  EXPECT_THAT(config::differences(preset, flat), IsEmpty());
}

TEST(Configurations, NameWhatDoesNotFitTogether) {
  EXPECT_THAT(message_of({"vocabulary.shared=false"}),
              HasSubstr("model.tie: all requires one vocab"));
  EXPECT_THAT(message_of({"model.heads=3"}), HasSubstr("3 does not divide model.dim = 128"));
  EXPECT_THAT(message_of({"model.dim=129", "model.heads=3"}), HasSubstr("129 is odd"));
  EXPECT_THAT(message_of({"validation.metrics=[blue]"}), HasSubstr("validation.metrics[0]"));
  EXPECT_THAT(message_of({"validation.stop.metric=ter"}), HasSubstr("validation.stop.metric"));
  EXPECT_THAT(message_of({"training.max_updates=0"}), HasSubstr("the run would never end"));
  EXPECT_THAT(message_of({"training.max_updates=9", "training.schedule={type: linear, warmup: 9}"}),
              HasSubstr("training.schedule.type"));
  EXPECT_THAT(message_of({"decoding.length_penalty=long"}), HasSubstr("decoding.length_penalty"));
  EXPECT_THAT(message_of({"data.train=[]"}), HasSubstr("data.train"));
  EXPECT_THAT(message_of({"data.valid={source: a}"}), HasSubstr("data.valid.target"));
}

TEST(Configurations, ThatAreGoodAreNotRefused) {
  for (const char* good :
       {"model={preset: transformer_tiny, tie: decoder}", "validation.stop.metric=loss",
        "training.schedule={type: cosine, warmup: 0}", "decoding.length_penalty=\"gnmt:0.6\"",
        "model={preset: transformer_tiny, norm: post}"}) {
    EXPECT_NO_THROW(load_text(kSmall, {good})) << good;
  }
}

TEST(Keys, AllHaveASentence) {
  const auto fields = config::list_fields<Config>();
  EXPECT_GT(fields.size(), 80U);
  std::set<std::string> paths;
  for (const config::FieldDoc& field : fields) {
    EXPECT_TRUE(paths.insert(field.path).second) << field.path;
    EXPECT_GT(field.doc.size(), 4U) << field.path;
    EXPECT_TRUE(field.doc.ends_with('.')) << field.path << ": " << field.doc;
  }
}

TEST(Keys, SayWhetherTheyMayChangeOnAResume) {
  std::map<std::string, config::ResumeClass> classes;
  for (const config::FieldDoc& field : config::list_fields<Config>()) {
    classes[field.path] = field.resume;
  }
  using config::ResumeClass;
  for (const char* key : {"seed", "data.train[].weight", "data.max_length", "vocabulary.size",
                          "model.dim", "training.init_from", "training.ema"}) {
    ASSERT_TRUE(classes.contains(key)) << key;
    EXPECT_EQ(classes[key], ResumeClass::fixed) << key;
  }
  for (const char* key :
       {"training.schedule.peak", "training.label_smoothing", "training.batch_tokens",
        "training.accumulate", "validation.stop.patience", "training.optimizer.beta1"}) {
    ASSERT_TRUE(classes.contains(key)) << key;
    EXPECT_EQ(classes[key], ResumeClass::course) << key;
  }
  for (const char* key : {"output", "training.max_updates", "training.log_every",
                          "checkpoint.keep_last", "decoding.beam_size"}) {
    ASSERT_TRUE(classes.contains(key)) << key;
    EXPECT_EQ(classes[key], ResumeClass::free) << key;
  }
}

TEST(Keys, AreOnTheReferencePageAsItIsGenerated) {
  const std::string page = slurp("docs/config.md");
  EXPECT_EQ(page, config::reference<Config>("Configuration reference"))
      << "regenerate it: regard config reference > docs/config.md";
}

/// Checks only_with() and used_with() of a group and of what is below it; gives how many there are.
int check_owners_of(const config::GroupType& group) {
  int count = 0;
  for (const config::Field& field : group.fields()) {
    const config::Type* type = field.type;
    while (type->kind() == config::Kind::optional || type->kind() == config::Kind::list) {
      type = type->kind() == config::Kind::optional
                 ? &static_cast<const config::OptionalType*>(type)->item()
                 : &static_cast<const config::ListType*>(type)->item();
    }
    if (type->kind() == config::Kind::group)
      count += check_owners_of(static_cast<const config::GroupType&>(*type));
    if (!field.only_with) continue;
    ++count;
    const auto& fields = group.fields();
    const auto owner = std::find_if(fields.begin(), fields.end(), [&](const config::Field& other) {
      return other.name == field.only_with->key;
    });
    if (owner == fields.end()) {
      ADD_FAILURE() << field.name << ": no key " << field.only_with->key;
      continue;
    }
    const std::vector<std::string> words =
        owner->type->kind() == config::Kind::word
            ? static_cast<const config::WordType*>(owner->type)->words()
            : owner->words;
    for (const std::string& value : field.only_with->values)
      EXPECT_THAT(words, testing::Contains(value)) << field.name;
  }
  return count;
}

TEST(Keys, BelongToKeysAndValuesThatExist) {
  EXPECT_GT(check_owners_of(config::group_of<Config>()), 30);
}

TEST(Keys, GiveTheirSentenceToTheHelpTexts) {
  EXPECT_THAT(field_of("decoding.beam_size").doc, HasSubstr("greedy"));
  EXPECT_THROW(field_of("decoding.beam"), std::logic_error);
}

const std::string kClassify =
    "task: classify\n"
    "output: runs/x\n"
    "data: {train: [{file: a.tsv}], valid: {file: b.tsv}}\n"
    "model: {preset: transformer_tiny}\n"
    "training: {max_updates: 5}\n";

TEST(TaskConfigurations, FillInTheHeadAndTheMetrics) {
  const LoadedConfig loaded = load_text(kClassify);
  const Config& config = loaded.config;
  ASSERT_TRUE(config.model.head.has_value());
  EXPECT_FALSE(config.model.decoder.has_value());
  EXPECT_EQ(config.validation.metrics, (std::vector<std::string>{"accuracy", "macro_f1"}));
  EXPECT_EQ(config.validation.stop.metric, "accuracy");
  EXPECT_THAT(show_config(loaded), testing::ContainsRegex("metric: accuracy +# task: classify"));
  EXPECT_EQ(load_text(kClassify, {"data.columns=[score, text]"}).config.validation.stop.metric,
            "pearson");
  EXPECT_EQ(load_text(kClassify, {"validation.metrics=[matthews]"}).config.validation.stop.metric,
            "matthews");
}

TEST(TaskConfigurations, OfTranslationMeanWhatTheyMeant) {
  const Config config = load_text(kSmall).config;
  EXPECT_EQ(config.task, "translate");
  EXPECT_FALSE(config.model.head.has_value());
  EXPECT_EQ(config.validation.metrics, (std::vector<std::string>{"bleu", "chrf"}));
  EXPECT_EQ(config.validation.stop.metric, "bleu");
}

TEST(TaskConfigurations, RefuseTheKeysOfOtherTasks) {
  const auto message = [](const std::vector<std::string>& assignments) {
    return test::error_of<UserError>([&] { load_text(kClassify, assignments); });
  };
  EXPECT_THAT(message({"task=translate"}), HasSubstr("data.train[0].source: is missing"));
  EXPECT_THAT(message({"data.max_ratio=2"}), HasSubstr("has no effect: task is classify"));
  EXPECT_THAT(message({"data.columns=[label]"}), HasSubstr("there is no text"));
  EXPECT_THAT(message({"model.decoder={blocks: {sublayers: [{ffn: {}}]}}"}),
              HasSubstr("a head stands in place of a decoder"));
  EXPECT_THAT(message_of({"model.head={hidden: 5}"}), HasSubstr("model.head"));
  EXPECT_THAT(message_of({"task=clasify"}), HasSubstr("classify"));
}

}  // namespace
}  // namespace regard
