#include "regard/inspect/attention_maps.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tiny_model.h"

namespace regard {
namespace {

using testing::ElementsAre;

constexpr std::int64_t kVocabulary = 150;

std::vector<std::string> names_of(const std::vector<AttentionMap>& maps) {
  std::vector<std::string> names;
  for (const AttentionMap& map : maps)
    names.push_back(map.name);
  return names;
}

class AttentionMaps : public testing::Test {
 protected:
  std::vector<AttentionMap> maps(const std::vector<std::int32_t>& source,
                                 const std::vector<std::int32_t>& target) {
    return attention_maps(*model_, source, target, TokenRoles{});
  }
  Seq2Seq model_ = test::tiny_model(kVocabulary, 3);
};

TEST_F(AttentionMaps, AreThoseOfEveryLayerWithTheirSizes) {
  const auto all = maps({10, 20, 30, 40}, {50, 60});
  ASSERT_FALSE(all.empty());
  std::size_t num_encoder = 0;
  std::size_t num_cross = 0;
  std::size_t num_self = 0;
  for (const AttentionMap& map : all) {
    const bool is_encoder = map.name.starts_with("encoder.");
    const bool is_cross = map.name.find("cross_attention") != std::string::npos;
    num_encoder += is_encoder ? 1U : 0U;
    num_cross += is_cross ? 1U : 0U;
    num_self += !is_encoder && !is_cross ? 1U : 0U;
    EXPECT_EQ(map.rows, is_encoder ? TextSide::source : TextSide::target) << map.name;
    EXPECT_EQ(map.columns, is_encoder || is_cross ? TextSide::source : TextSide::target);
    EXPECT_EQ(map.num_rows, is_encoder ? 5 : 3) << map.name;  // end marks included
    EXPECT_EQ(map.num_columns, is_encoder || is_cross ? 5 : 3) << map.name;
    ASSERT_EQ(static_cast<std::int64_t>(map.weights.size()),
              map.heads * map.num_rows * map.num_columns);
  }
  EXPECT_GT(num_encoder, 0U);
  EXPECT_EQ(num_cross, num_encoder);
  EXPECT_EQ(num_self, num_encoder);
}

TEST_F(AttentionMaps, HoldDistributionsThatSeeNoLaterTarget) {
  for (const AttentionMap& map : maps({10, 20, 30}, {50, 60, 70})) {
    for (std::int64_t h = 0; h < map.heads; ++h) {
      const std::vector<float> weights = map.head(h);
      for (std::int64_t row = 0; row < map.num_rows; ++row) {
        double sum = 0;
        for (std::int64_t column = 0; column < map.num_columns; ++column) {
          const float weight = weights[static_cast<std::size_t>(row * map.num_columns + column)];
          sum += weight;
          if (map.columns == TextSide::target && column > row) {
            EXPECT_EQ(weight, 0.0F) << map.name;
          }
        }
        EXPECT_NEAR(sum, 1.0, 1e-5) << map.name;
      }
    }
  }
}

TEST_F(AttentionMaps, OfADecoderDependOnWhatItIsMadeToSay) {
  const auto first = maps({10, 20, 30}, {50, 60});
  const auto second = maps({10, 20, 30}, {51, 60});
  ASSERT_EQ(names_of(first), names_of(second));
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool is_encoder = first[i].name.starts_with("encoder.");
    EXPECT_EQ(first[i].weights == second[i].weights, is_encoder) << first[i].name;
  }
}

TEST_F(AttentionMaps, OfAnEmptyTargetHaveTheRowOfItsEndMark) {
  for (const AttentionMap& map : maps({10}, {})) {
    if (map.rows == TextSide::target) {
      EXPECT_EQ(map.num_rows, 1) << map.name;
    }
  }
}

/// A recurrent encoder and decoder with this attention.
ModelOptions recurrent_options(const AttentionOptions& attention) {
  ModelOptions options;
  options.dim = 16;
  options.position = PositionKind::none;
  SublayerOptions rnn;
  rnn.rnn.emplace();
  rnn.combine = Combine::replace;
  options.encoder.emplace().blocks.emplace().sublayers = {rnn};
  DecoderOptions& decoder = options.decoder.emplace();
  decoder.kind = DecoderKind::rnn;
  decoder.input_feeding = true;
  decoder.attention = attention;
  return options;
}

std::vector<AttentionMap> recurrent_maps(const AttentionOptions& attention) {
  Seq2Seq model = test::tiny_model(kVocabulary, 3, recurrent_options(attention));
  const std::vector<std::int32_t> source = {10, 20, 30, 40};
  const std::vector<std::int32_t> target = {50, 60};
  return attention_maps(*model, source, target, TokenRoles{});
}

TEST(RecurrentAttentionMaps, AreOneWithARowForEachTargetPiece) {
  AttentionOptions attention;
  attention.score = "general";
  const auto maps = recurrent_maps(attention);
  ASSERT_THAT(names_of(maps), ElementsAre("decoder.step_attention"));
  EXPECT_EQ(maps[0].rows, TextSide::target);
  EXPECT_EQ(maps[0].columns, TextSide::source);
  EXPECT_EQ(maps[0].num_rows, 3);
  EXPECT_EQ(maps[0].num_columns, 5);
  EXPECT_EQ(maps[0].heads, 1);
  EXPECT_TRUE(maps[0].positions.empty());
}

TEST(RecurrentAttentionMaps, SayWherePredictedPlacesAre) {
  AttentionOptions attention;
  attention.score = "general";
  attention.align = "local_p";
  attention.window = 2;
  const auto maps = recurrent_maps(attention);
  ASSERT_EQ(maps.size(), 1U);
  ASSERT_EQ(maps[0].positions.size(), 3U);
  for (const float position : maps[0].positions) {
    EXPECT_GT(position, 0.0F);
    EXPECT_LT(position, 4.0F);
  }
}

TEST(RecurrentAttentionMaps, ByFeatureAreTheMeanAndTheSharpest) {
  AttentionOptions attention;
  attention.score = "additive";
  attention.granularity = Granularity::feature;
  const auto maps = recurrent_maps(attention);
  ASSERT_THAT(names_of(maps),
              ElementsAre("decoder.step_attention", "decoder.step_attention.sharpest_features"));
  EXPECT_EQ(maps[0].heads, 1);
  EXPECT_EQ(maps[1].heads, 8);
  const auto sharpness = [](const AttentionMap& map, std::int64_t head) {
    const std::vector<float> weights = map.head(head);
    double sum = 0;
    for (std::int64_t row = 0; row < map.num_rows; ++row) {
      const auto begin = weights.begin() + row * map.num_columns;
      sum += *std::max_element(begin, begin + map.num_columns);
    }
    return sum;
  };
  for (std::int64_t head = 1; head < 8; ++head)
    EXPECT_GE(sharpness(maps[1], head - 1), sharpness(maps[1], head)) << head;
  EXPECT_GT(sharpness(maps[1], 0), sharpness(maps[0], 0));
}

}  // namespace
}  // namespace regard
