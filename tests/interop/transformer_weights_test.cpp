#include "regard/model/transformer_weights.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/interop/verification.h"
#include "regard/model/obstacles.h"

#include "interop/portable_support.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::tiny_model;
using test::tiny_options;
using testing::HasSubstr;

constexpr std::int64_t kVocabulary = 23;

TEST(TransformerWeights, AModelMadeFromThemGivesTheSameLogits) {
  for (const auto& [name, options] : test::plain_transformers()) {
    SCOPED_TRACE(name);
    const Seq2Seq model = tiny_model(kVocabulary, 3, options);
    const TransformerWeights weights = weights_of(*model);
    EXPECT_EQ(static_cast<std::int64_t>(weights.encoder.layers.size()),
              model->options().encoder->blocks->repeat);
    const Seq2Seq copy = model_of(weights);
    const Verification found = compare_logits(model, copy, TokenRoles());
    EXPECT_EQ(found.max_difference, 0.0);
    EXPECT_GT(found.largest_logit, 0.1);
    EXPECT_EQ(found.sentences, 4);
    EXPECT_GT(found.values, 1000);
  }
}

TEST(TransformerWeights, StacksMayDiffer) {
  ModelOptions options = expand(tiny_options());
  options.encoder->blocks->repeat = 3;
  options.decoder->blocks->repeat = 1;
  options.encoder->blocks->sublayers.back().ffn->hidden = 40;
  options.encoder->blocks->sublayers.front().self_attention->heads = 4;
  const Seq2Seq model = tiny_model(kVocabulary, 3, options);
  const TransformerShape shape = weights_of(*model).shape;
  EXPECT_EQ(shape.encoder.layers, 3);
  EXPECT_EQ(shape.decoder.layers, 1);
  EXPECT_EQ(shape.encoder.feed_forward, 40);
  EXPECT_EQ(shape.encoder.heads, 4);
  EXPECT_EQ(shape.decoder.heads, 2);
  const Seq2Seq copy = model_of(weights_of(*model));
  EXPECT_EQ(compare_logits(model, copy, TokenRoles()).max_difference, 0.0);
}

TEST(TransformerWeights, DepthsOfTheirOwnAreNoObstacle) {
  ModelOptions options = tiny_options();
  options.encoder_layers = 4;
  options.decoder_layers = 1;
  EXPECT_THAT(plain_transformer_obstacles(expand(options), "m"), testing::IsEmpty());
  const Seq2Seq model = tiny_model(kVocabulary, 3, options);
  const TransformerWeights weights = weights_of(*model);
  EXPECT_EQ(weights.encoder.layers.size(), 4u);
  EXPECT_EQ(weights.decoder.layers.size(), 1u);
  const Seq2Seq copy = model_of(weights);
  const Verification found = compare_logits(model, copy, TokenRoles());
  EXPECT_EQ(found.max_difference, 0.0);
  EXPECT_GT(found.largest_logit, 0.1);
}

TEST(TransformerWeights, AnotherOrderOfTheFeaturesChangesNoLogit) {
  const at::Tensor order = at::tensor({3, 0, 15, 7, 1, 2, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14});
  for (const auto& [name, given] : test::plain_transformers()) {
    if (given.position != PositionKind::none && given.position != PositionKind::learned) continue;
    SCOPED_TRACE(name);
    const Seq2Seq model = tiny_model(kVocabulary, 3, given);
    const Seq2Seq copy = model_of(with_feature_order(weights_of(*model), order));
    const Verification found = compare_logits(model, copy, TokenRoles());
    EXPECT_LT(found.max_difference, 1e-4);
    EXPECT_GT(found.max_difference, 0.0) << "nothing was moved";
  }
}

TEST(TransformerWeights, InterleavedPositionsBecomeHalves) {
  for (const NormPlacement norm : {NormPlacement::pre, NormPlacement::post}) {
    ModelOptions options = tiny_options();
    options.norm = norm;
    const Seq2Seq model = tiny_model(kVocabulary, 3, options);
    TransformerWeights halves = weights_of(*model);
    halves.shape.position = PositionKind::sinusoidal_halves;
    const Seq2Seq wrong = model_of(halves);
    const Seq2Seq right = model_of(with_feature_order(halves, halves_order(16)));
    EXPECT_GT(compare_logits(model, wrong, TokenRoles()).max_difference, 0.01);
    EXPECT_LT(compare_logits(model, right, TokenRoles()).max_difference, 1e-4);
  }
}

TEST(Verification, SeesOneChangedWeight) {
  const Seq2Seq model = tiny_model(kVocabulary, 3);
  for (const char* name : {"encoder.blocks.1.ffn.network.outer.bias",
                           "decoder.blocks.0.cross_attention.attention.out_projection.weight"}) {
    const Seq2Seq other = tiny_model(kVocabulary, 3);
    torch::NoGradGuard no_grad;
    other->named_parameters()[name].add_(
        0.1 * test::normal(other->named_parameters()[name].sizes(), 4, torch::kFloat));
    EXPECT_GT(compare_logits(model, other, TokenRoles()).max_difference, 1e-3) << name;
  }
}

TEST(Verification, SentencesFitThePositionsOfBothModels) {
  ModelOptions options = tiny_options();
  options.position = PositionKind::learned;
  for (const std::int64_t positions : {2, 9, 32}) {
    options.max_positions = positions;
    const Seq2Seq few = tiny_model(kVocabulary, 3, options);
    options.max_positions = 64;
    const Seq2Seq many = tiny_model(kVocabulary, 4, options);
    const Verification same = compare_logits(few, few, TokenRoles());
    EXPECT_EQ(same.max_difference, 0.0);
    EXPECT_EQ(same.sentences, 4);
    EXPECT_GE(same.values, 4 * (kVocabulary - 3));
    EXPECT_GT(compare_logits(few, many, TokenRoles()).max_difference, 0.01);
    EXPECT_GT(compare_logits(many, few, TokenRoles()).max_difference, 0.01);
  }
}

TEST(Verification, ANumberThatIsNoneIsNotSmall) {
  const Seq2Seq model = tiny_model(kVocabulary, 3);
  const Seq2Seq other = tiny_model(kVocabulary, 3);
  torch::NoGradGuard no_grad;
  other->named_parameters()["decoder.blocks.0.ffn.norm.bias"].fill_(
      std::numeric_limits<float>::quiet_NaN());
  EXPECT_TRUE(std::isnan(compare_logits(model, other, TokenRoles()).max_difference));
}

TEST(Obstacles, APlainTransformerHasNone) {
  for (const auto& [name, options] : test::plain_transformers())
    EXPECT_TRUE(plain_transformer_obstacles(expand(options), "m").empty()) << name;
}

/// A change to the full form, and the key that must be named.
struct Variant {
  const char* key;
  std::function<void(ModelOptions&)> change;
};

std::vector<Variant> variants() {
  const auto self = [](ModelOptions& o) -> AttentionOptions& {
    return *o.encoder->blocks->sublayers[0].self_attention;
  };
  const auto cross = [](ModelOptions& o) -> AttentionOptions& {
    return *o.decoder->blocks->sublayers[1].cross_attention;
  };
  return {
      {"encoder.blocks.sublayers.self_attention.score",
       [=](auto& o) { self(o).score = "additive"; }},
      {"encoder.blocks.sublayers.self_attention.position",
       [=](auto& o) { self(o).position = "rope"; }},
      {"encoder.blocks.sublayers.self_attention.key_value_heads",
       [=](auto& o) { self(o).key_value_heads = 1; }},
      {"encoder.blocks.sublayers.self_attention.mask",
       [=](auto& o) { self(o).mask = AttentionMask::diagonal; }},
      {"encoder.blocks.sublayers.self_attention.merge",
       [=](auto& o) { self(o).merge = HeadMerge::mean; }},
      {"encoder.blocks.sublayers.self_attention.clip", [=](auto& o) { self(o).clip = 5.0; }},
      {"decoder.blocks.sublayers.cross_attention.align",
       [=](auto& o) { cross(o).align = "local_m"; }},
      {"decoder.blocks.sublayers.cross_attention.heads", [=](auto& o) { cross(o).heads = 4; }},
      {"encoder.blocks.sublayers.ffn.combine",
       [](auto& o) { o.encoder->blocks->sublayers[1].combine = Combine::fusion; }},
      {"encoder.blocks.sublayers.ffn.pre_dense",
       [](auto& o) { o.encoder->blocks->sublayers[1].pre_dense = PreDense::relu; }},
      {"encoder.blocks.sublayers.ffn.norm",
       [](auto& o) { o.encoder->blocks->sublayers[1].norm = SublayerNorm::post; }},
      {"encoder.blocks.norm", [](auto& o) { o.encoder->blocks->norm = NormPlacement::none; }},
      {"decoder.blocks.norm", [](auto& o) { o.decoder->blocks->norm = NormPlacement::post; }},
      {"encoder.blocks.sublayers", [](auto& o) { o.encoder->blocks->sublayers.pop_back(); }},
      {"decoder.blocks.sublayers",
       [](auto& o) {
         o.decoder->blocks->sublayers[0] = {};
         o.decoder->blocks->sublayers[0].average.emplace();
       }},
      {"decoder.kind", [](auto& o) { o.decoder->kind = DecoderKind::rnn; }},
  };
}

TEST(Obstacles, EverythingElseIsNamed) {
  for (const Variant& variant : variants()) {
    ModelOptions options = expand(tiny_options());
    variant.change(options);
    const std::vector<Problem> problems = plain_transformer_obstacles(options, "runs/m");
    ASSERT_FALSE(problems.empty()) << variant.key;
    bool is_named = false;
    for (const Problem& problem : problems)
      is_named |= problem.what.starts_with(std::string("model.") + variant.key + ":");
    EXPECT_TRUE(is_named) << variant.key << " is not in " << problems.front().what;
    EXPECT_EQ(problems.front().spot.name, "runs/m");
    EXPECT_FALSE(problems.front().fix.empty());
  }
}

}  // namespace
}  // namespace regard
