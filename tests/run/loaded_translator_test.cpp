#include "regard/run/loaded_translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "core/file_support.h"
#include "run/small_model.h"

namespace regard {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class LoadedTranslatorTest : public testing::Test {
 protected:
  LoadedTranslatorTest() { test::save_small_model(folder_ / "model"); }

  std::vector<OpenedModel> opened(const SearchSetup& setup = {}) const {
    return open_models((folder_ / "model").string(), torch::kCPU, setup.overrides);
  }
  std::vector<std::string> translations(const SearchSetup& setup, std::int64_t num_best = 1) const {
    TranslationRequirements requirements;
    requirements.num_best = num_best;
    const LoadedTranslator loaded = load_translator(opened(setup), setup, requirements);
    std::vector<std::string> texts;
    for (const auto& found : loaded.translator.translate_all(loaded.models, {lines_})) {
      EXPECT_THAT(found, SizeIs(static_cast<std::size_t>(num_best)));
      for (const Translation& translation : found)
        texts.push_back(translation.text);
    }
    return texts;
  }

  test::TemporaryFolder folder_;
  std::vector<std::string> lines_ = test::sample_sentences(5, 7);
};

TEST_F(LoadedTranslatorTest, PackedWeightsAndGeneralOperationsGiveTheSameTranslations) {
  SearchSetup reference;
  reference.uses_reference = true;
  const std::vector<std::string> expected = translations(reference, 2);
  EXPECT_THAT(expected, SizeIs(10));
  EXPECT_EQ(translations({}, 2), expected);
}

TEST_F(LoadedTranslatorTest, ANetworkThatWasPackedIsLetGo) {
  EXPECT_TRUE(load_translator(opened(), {}).opened.at(0).model.is_empty());
  TranslationRequirements aligned;
  aligned.alignment = AlignmentOptions();
  EXPECT_FALSE(load_translator(opened(), {}, aligned).opened.at(0).model.is_empty());
  SearchSetup reference;
  reference.uses_reference = true;
  EXPECT_FALSE(load_translator(opened(), reference).opened.at(0).model.is_empty());
}

TEST_F(LoadedTranslatorTest, OverridesAreOfTheModelsConfiguration) {
  TranslationRequirements requirements;
  requirements.num_best = 3;
  EXPECT_THAT(test::error_of<UserError>([&] { load_translator(opened(), {}, requirements); }),
              HasSubstr("3 is more than the beam size 2"));
  SearchSetup wide;
  wide.overrides.add("decoding.beam_size=3");
  EXPECT_THAT(translations(wide, 3), SizeIs(15));
}

TEST_F(LoadedTranslatorTest, DrawsAreThoseOfTheirSeed) {
  SearchSetup first;
  first.sample = "seed=1";
  SearchSetup second;
  second.sample = "seed=2";
  EXPECT_EQ(translations(first), translations(first));
  EXPECT_NE(translations(first), translations(second));
}

TEST_F(LoadedTranslatorTest, ContradictionsAreToldBeforeAModelIsOpened) {
  SearchSetup drawn;
  drawn.sample = "temperature=0.5";
  check_search(drawn);
  drawn.overrides.add("decoding.beam_size", "4", {"--beam-size"});
  EXPECT_THAT(test::error_of<UserError>([&] { check_search(drawn); }),
              HasSubstr("sampling has no beam"));
  SearchSetup reference;
  reference.uses_reference = true;
  reference.precision = WeightType::int8;
  EXPECT_THAT(test::error_of<UserError>([&] { check_search(reference); }), HasSubstr("int8"));
}

}  // namespace
}  // namespace regard
