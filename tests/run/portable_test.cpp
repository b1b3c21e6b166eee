#include "regard/run/portable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tiny_model.h"

namespace regard {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr ExportFormat kFormats[] = {ExportFormat::ctranslate2, ExportFormat::marian_hf,
                                     ExportFormat::argos};

ModelOptions plain_options(NormPlacement norm) {
  ModelOptions options = test::tiny_options();
  options.norm = norm;
  return options;
}

TEST(ExportObstacles, APlainTransformerHasNone) {
  for (const ExportFormat format : kFormats)
    EXPECT_THAT(export_obstacles(expand(plain_options(NormPlacement::post)), format, "m"),
                IsEmpty());
}

TEST(ExportObstacles, AverageAttentionIsRefusedByEveryFormat) {
  const ModelOptions options =
      test::with_average_decoder(plain_options(NormPlacement::post), 0, true);
  const std::vector<std::string> names = {"CTranslate2", "marian-hf", "Argos Translate"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::vector<Problem> problems = export_obstacles(options, kFormats[i], "runs/m");
    ASSERT_THAT(problems, SizeIs(1));
    EXPECT_EQ(
        problems.front().what,
        "model.decoder.blocks.sublayers: average, cross_attention, ffn cannot be exported to " +
            names[i]);
    EXPECT_EQ(problems.front().spot.name, "runs/m");
    EXPECT_THAT(problems.front().fix, HasSubstr("presets"));
  }
}

TEST(ExportObstacles, FormatsDifferInWhatTheyTakeOfAPlainTransformer) {
  const ModelOptions options = expand(plain_options(NormPlacement::pre));
  EXPECT_THAT(export_obstacles(options, ExportFormat::ctranslate2, "m"), IsEmpty());
  EXPECT_THAT(export_obstacles(options, ExportFormat::argos, "m"), IsEmpty());
  const std::vector<Problem> problems = export_obstacles(options, ExportFormat::marian_hf, "m");
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems.front().what, HasSubstr("norm: pre"));
}

}  // namespace
}  // namespace regard
