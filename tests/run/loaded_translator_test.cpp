#include "regard/run/loaded_translator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/run/engine_backend.h"
#include "regard/run/torch_backend.h"

#include "core/file_support.h"
#include "run/small_model.h"

namespace regard {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class LoadedTranslatorTest : public testing::Test {
 protected:
  LoadedTranslatorTest() { test::save_small_model(folder_ / "model"); }

  LoadedTranslator loaded_by(const ModelBackend& backend, const SearchSetup& setup,
                             const TranslationRequirements& requirements = {}) const {
    LoadedModels loaded = backend.load(
        {(folder_ / "model").string(), "cpu", setup, requirements.alignment.has_value()});
    return make_translator(std::move(loaded), setup, requirements);
  }
  std::vector<std::string> translations(const SearchSetup& setup, std::int64_t num_best = 1) const {
    return translations_by(TorchBackend(), setup, num_best);
  }
  std::vector<std::string> translations_by(const ModelBackend& backend, const SearchSetup& setup,
                                           std::int64_t num_best) const {
    TranslationRequirements requirements;
    requirements.num_best = num_best;
    const LoadedTranslator loaded = loaded_by(backend, setup, requirements);
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

TEST_F(LoadedTranslatorTest, TheEngineAloneGivesTheSameTranslations) {
  for (const WeightType type : {WeightType::float32, WeightType::float16, WeightType::int8}) {
    SearchSetup setup;
    setup.precision = type;
    const std::vector<std::string> expected = translations(setup, 2);
    EXPECT_THAT(expected, SizeIs(10));
    EXPECT_EQ(translations_by(EngineBackend(), setup, 2), expected);
  }
}

TEST_F(LoadedTranslatorTest, TheEngineGivesTheSameLinks) {
  TranslationRequirements requirements;
  requirements.alignment = AlignmentOptions();
  const auto links_by = [&](const ModelBackend& backend) {
    const LoadedTranslator loaded = loaded_by(backend, {}, requirements);
    std::vector<WordLinks> links;
    for (const auto& found : loaded.translator.translate_all(loaded.models, {lines_}))
      links.push_back(found.front().links);
    return links;
  };
  const std::vector<WordLinks> expected = links_by(TorchBackend());
  EXPECT_THAT(expected, SizeIs(5));
  EXPECT_THAT(expected, testing::Contains(testing::Not(testing::IsEmpty())));
  EXPECT_EQ(links_by(EngineBackend()), expected);
}

TEST_F(LoadedTranslatorTest, TheEngineNamesWhatItCannotDo) {
  SearchSetup reference;
  reference.uses_reference = true;
  EXPECT_THAT(test::error_of<UserError>([&] { loaded_by(EngineBackend(), reference); }),
              HasSubstr("--reference computes with LibTorch"));
  EXPECT_THAT(test::error_of<UserError>([&] {
                EngineBackend().load({(folder_ / "model").string(), "cuda", {}});
              }),
              HasSubstr("--device: cuda is not supported"));
}

TEST_F(LoadedTranslatorTest, OverridesAreOfTheModelsConfiguration) {
  TranslationRequirements requirements;
  requirements.num_best = 3;
  EXPECT_THAT(test::error_of<UserError>([&] { loaded_by(TorchBackend(), {}, requirements); }),
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
