#include "regard/model/model_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/emitter.h"
#include "regard/config/reader.h"

#include "model/model_problems.h"

namespace regard {
namespace {

using test::problems_of;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const char* const kEncoder =
    "encoder: {blocks: {sublayers: [{self_attention: {heads: 4}}, {ffn: {hidden: 32}}]}}\n";
const char* const kDecoder =
    "decoder: {blocks: {sublayers: [{self_attention: {heads: 4, mask: causal}}, "
    "{cross_attention: {heads: 4}}, {ffn: {hidden: 32}}]}}\n";

const char* const kTwoSublayersOfEach =
    "encoder: {blocks: {sublayers: [{self_attention: {heads: 4}}, {self_attention: {heads: 4}}, "
    "{ffn: {hidden: 32}}]}}\n";

std::string full_form(const std::string& first, const std::string& encoder = kEncoder,
                      const std::string& decoder = kDecoder) {
  return first + "\n" + encoder + decoder;
}

struct Size {
  Preset preset;
  std::int64_t dim, layers, heads, feed_forward;
};

TEST(ModelOptionsExpand, GivesEachPresetItsSize) {
  const Size sizes[] = {{Preset::transformer_tiny, 128, 2, 4, 512},
                        {Preset::transformer_small, 256, 3, 4, 1024},
                        {Preset::transformer_base, 512, 6, 8, 2048},
                        {Preset::transformer_big, 1024, 6, 16, 4096}};
  for (const Size& size : sizes) {
    ModelOptions options;
    options.preset = size.preset;
    const ModelOptions full = expand(options);
    EXPECT_EQ(full.preset, Preset::custom);
    EXPECT_EQ(full.dim, size.dim);
    EXPECT_EQ(full.layers + full.heads + full.feed_forward, 0);
    const BlocksOptions& encoder = full.encoder.value().blocks.value();
    const BlocksOptions& decoder = full.decoder.value().blocks.value();
    EXPECT_EQ(encoder.repeat, size.layers);
    EXPECT_EQ(decoder.repeat, size.layers);
    ASSERT_THAT(encoder.sublayers, SizeIs(2));
    ASSERT_THAT(decoder.sublayers, SizeIs(3));
    EXPECT_EQ(encoder.sublayers[0].self_attention.value().heads, size.heads);
    EXPECT_EQ(encoder.sublayers[0].self_attention->mask, AttentionMask::none);
    EXPECT_EQ(encoder.sublayers[1].ffn.value().hidden, size.feed_forward);
    EXPECT_EQ(decoder.sublayers[0].self_attention.value().heads, size.heads);
    EXPECT_EQ(decoder.sublayers[0].self_attention->mask, AttentionMask::causal);
    EXPECT_EQ(decoder.sublayers[1].cross_attention.value().heads, size.heads);
    EXPECT_EQ(decoder.sublayers[1].cross_attention->mask, AttentionMask::none);
    EXPECT_EQ(decoder.sublayers[2].ffn.value().hidden, size.feed_forward);
  }
}

TEST(ModelOptionsExpand, FlatKeysOverrideThePreset) {
  ModelOptions options;
  options.preset = Preset::transformer_base;
  options.dim = 96;
  options.layers = 1;
  options.heads = 3;
  options.feed_forward = 50;
  options.norm = NormPlacement::post;
  options.activation = Activation::gelu;
  options.position = PositionKind::learned;
  options.tie = Tie::decoder;
  const ModelOptions full = expand(options);
  EXPECT_EQ(full.dim, 96);
  EXPECT_EQ(full.position, PositionKind::learned);
  EXPECT_EQ(full.tie, Tie::decoder);
  for (const BlocksOptions& blocks : {*full.encoder->blocks, *full.decoder->blocks}) {
    EXPECT_EQ(blocks.repeat, 1);
    EXPECT_EQ(blocks.norm, NormPlacement::post);
    EXPECT_EQ(blocks.sublayers.front().self_attention->heads, 3);
    EXPECT_EQ(blocks.sublayers.back().ffn->hidden, 50);
    EXPECT_EQ(blocks.sublayers.back().ffn->activation, Activation::gelu);
  }
}

TEST(ModelOptionsExpand, FlatKeysReachEverySublayer) {
  ModelOptions options;
  options.preset = Preset::transformer_tiny;
  options.gated = true;
  options.bias = false;
  const ModelOptions full = expand(options);
  EXPECT_FALSE(full.gated);  // now a matter of the sublayers
  EXPECT_TRUE(full.bias);
  std::size_t num_seen = 0;
  for (const BlocksOptions& blocks : {*full.encoder->blocks, *full.decoder->blocks}) {
    for (const SublayerOptions& sublayer : blocks.sublayers) {
      ++num_seen;
      if (sublayer.self_attention) {
        EXPECT_FALSE(sublayer.self_attention->bias);
      }
      if (sublayer.cross_attention) {
        EXPECT_FALSE(sublayer.cross_attention->bias);
      }
      if (sublayer.ffn) {
        EXPECT_FALSE(sublayer.ffn->bias);
        EXPECT_TRUE(sublayer.ffn->gated);
      }
    }
  }
  EXPECT_EQ(num_seen, 5U);
}

TEST(ModelOptionsCheck, FlatKeysOfAPresetAreRefusedInTheFullForm) {
  for (const char* key : {"norm: post", "activation: gelu", "gated: true", "bias: false"}) {
    const std::string name = std::string(key).substr(0, std::string(key).find(':'));
    EXPECT_THAT(
        problems_of(full_form(std::string("dim: 64\n") + key)),
        ElementsAre(AllOf(HasSubstr(name + ": "), HasSubstr("contradicts the explicit blocks"))))
        << key;
    EXPECT_THAT(
        problems_of(full_form(std::string("dim: 64\n") + key, kTwoSublayersOfEach)),
        ElementsAre(AllOf(HasSubstr(name + ": "), HasSubstr("has no meaning in the full form"))))
        << key;
  }
}

TEST(ModelOptionsExpand, OneOverrideLeavesTheRestOfThePreset) {
  ModelOptions options;
  options.preset = Preset::transformer_tiny;
  options.layers = 5;
  const ModelOptions full = expand(options);
  EXPECT_EQ(full.dim, 128);
  EXPECT_EQ(full.encoder->blocks->repeat, 5);
  EXPECT_EQ(full.encoder->blocks->sublayers[0].self_attention->heads, 4);
  EXPECT_EQ(full.encoder->blocks->sublayers[1].ffn->hidden, 512);
}

TEST(ModelOptionsExpand, IsIdempotentAndItsResultIsValid) {
  for (const Preset preset : {Preset::transformer_tiny, Preset::transformer_big}) {
    ModelOptions options;
    options.preset = preset;
    const ModelOptions full = expand(options);
    const std::string text = config::to_yaml(full);
    EXPECT_THAT(text, HasSubstr("cross_attention"));
    EXPECT_EQ(config::to_yaml(expand(full)), text);
    EXPECT_THAT(problems_of(text), SizeIs(0));
    EXPECT_EQ(config::to_yaml(config::read<ModelOptions>(config::parse_yaml(text, "a.yaml"))),
              text);
  }
}

TEST(ModelOptionsCheck, TakesPresetsFlatSizesAndTheFullForm) {
  EXPECT_THAT(problems_of("preset: transformer_base"), SizeIs(0));
  EXPECT_THAT(problems_of("{preset: transformer_base, dim: 256, heads: 16}"), SizeIs(0));
  EXPECT_THAT(problems_of("{dim: 64, layers: 1, heads: 2, feed_forward: 100}"), SizeIs(0));
  EXPECT_THAT(problems_of("{dim: 64, layers: 1, heads: 2}"), SizeIs(0));
  EXPECT_THAT(problems_of("{dim: 64, encoder_layers: 2, decoder_layers: 1, heads: 2}"), SizeIs(0));
  EXPECT_THAT(problems_of(full_form("dim: 64")), SizeIs(0));
}

TEST(ModelOptionsCheck, ASizeMustBeGiven) {
  for (const char* text : {"{}", "dim: 64", "{dim: 64, layers: 1}", "{dim: 64, heads: 2}",
                           "{dim: 64, heads: 2, encoder_layers: 1}"}) {
    EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("the model's size is not given. Fix: "
                                                         "use preset: transformer_small")))
        << text;
  }
}

TEST(ModelOptionsCheck, HeadsMustDivideTheWidth) {
  EXPECT_THAT(problems_of("{preset: transformer_base, heads: 7}"),
              ElementsAre(HasSubstr("heads: 7 does not divide model.dim = 512. Fix: use 8.")));
  EXPECT_THAT(problems_of("{preset: transformer_base, dim: 100}"),
              ElementsAre(HasSubstr("heads: 8 does not divide model.dim = 100. Fix: use 10.")));
}

TEST(ModelOptionsCheck, HeadsOfTheFullFormMustDivideTheWidth) {
  EXPECT_THAT(problems_of(full_form("dim: 62")),
              ElementsAre(HasSubstr("encoder.blocks.sublayers[0].self_attention.heads: 4 does not "
                                    "divide model.dim = 62. Fix: use 2."),
                          HasSubstr("decoder.blocks.sublayers[0].self_attention.heads: 4"),
                          HasSubstr("decoder.blocks.sublayers[1].cross_attention.heads: 4")));
}

TEST(ModelOptionsCheck, NoHeadsMeanEightAndNoDivisionByZero) {
  const std::string encoder = "encoder: {blocks: {sublayers: [{self_attention: {heads: 0}}]}}\n";
  EXPECT_THAT(problems_of(full_form("dim: 64", encoder)), IsEmpty());
  EXPECT_THAT(problems_of(full_form("dim: 60", encoder)),
              Contains(HasSubstr("self_attention.heads: 8 does not divide model.dim = 60")));
}

TEST(ModelOptionsCheck, PresetAndFullFormExcludeEachOther) {
  EXPECT_THAT(
      problems_of(full_form("preset: transformer_tiny\ndim: 64")),
      ElementsAre(HasSubstr("a preset and the full form are mutually exclusive. Fix: remove "
                            "model.preset")));
}

TEST(ModelOptionsCheck, FlatSizesMayOnlyRepeatTheFullForm) {
  const std::string sizes = "dim: 64\nlayers: 3\nencoder_layers: 3\nheads: 2\nfeed_forward: 50";
  EXPECT_THAT(
      problems_of(full_form(sizes)),
      ElementsAre(
          HasSubstr("layers: 3 contradicts the explicit blocks, which have 1. Fix: remove it, or "
                    "set it in blocks.repeat"),
          HasSubstr("encoder_layers: 3 contradicts"),
          HasSubstr("heads: 2 contradicts the explicit blocks, which have 4. Fix: remove it"),
          HasSubstr("feed_forward: 50 contradicts")));
  EXPECT_THAT(problems_of(full_form(sizes, kTwoSublayersOfEach)),
              ElementsAre(HasSubstr("layers: 3 has no meaning in the full form"),
                          HasSubstr("encoder_layers: 3 has no meaning in the full form"),
                          HasSubstr("heads: 2 has no meaning in the full form"),
                          HasSubstr("feed_forward: 50 has no meaning in the full form")));
  EXPECT_THAT(problems_of(full_form("dim: 64\nlayers: 1\ndecoder_layers: 1\nheads: 4\n"
                                    "feed_forward: 32")),
              SizeIs(0));
}

TEST(ModelOptionsExpand, EncoderAndDecoderHaveDepthsOfTheirOwn) {
  const auto depths = [](const std::string& yaml) {
    const ModelOptions full =
        expand(config::read<ModelOptions>(config::parse_yaml(yaml, "a.yaml")));
    return std::pair(full.encoder->blocks->repeat, full.decoder->blocks->repeat);
  };
  EXPECT_EQ(depths("{preset: transformer_small, encoder_layers: 12, decoder_layers: 2}"),
            std::pair(std::int64_t{12}, std::int64_t{2}));
  EXPECT_EQ(depths("{preset: transformer_small, decoder_layers: 1}"),
            std::pair(std::int64_t{3}, std::int64_t{1}));
  EXPECT_EQ(depths("{dim: 64, heads: 2, layers: 4, encoder_layers: 5}"),
            std::pair(std::int64_t{5}, std::int64_t{4}));
}

TEST(ModelOptionsExpand, AnInnerWidthThatIsNotGivenIsFourTimesTheWidth) {
  const auto widths = [](const std::string& yaml) {
    const ModelOptions full =
        expand(config::read<ModelOptions>(config::parse_yaml(yaml, "a.yaml")));
    return std::pair(full.encoder->blocks->sublayers.back().ffn->hidden,
                     full.decoder->blocks->sublayers.back().ffn->hidden);
  };
  EXPECT_EQ(widths("{preset: transformer_small, dim: 128}"),
            std::pair(std::int64_t{512}, std::int64_t{512}));
  EXPECT_EQ(widths("{dim: 64, heads: 2, layers: 4}"),
            std::pair(std::int64_t{256}, std::int64_t{256}));
  const std::string encoder =
      "encoder: {blocks: {sublayers: [{rnn: {hidden: 40, bidirectional: true}, combine: replace}, "
      "{ffn: {}}]}}\n";
  const std::string decoder =
      "decoder: {blocks: {sublayers: [{cross_attention: {}}, {ffn: {}}]}}\n";
  EXPECT_EQ(widths(full_form("dim: 64", encoder, decoder)),
            std::pair(std::int64_t{320}, std::int64_t{256}));
}

TEST(ModelOptionsExpand, AnInnerWidthStaysOpenWhereTheBlocksHaveDifferentOnes) {
  const std::string encoder =
      "encoder: {blocks: {repeat: 2, sublayers: [{ffn: {}}, "
      "{rnn: {hidden: 32, bidirectional: false}, combine: replace}]}}\n";
  const ModelOptions full = expand(
      config::read<ModelOptions>(config::parse_yaml(full_form("dim: 64", encoder), "a.yaml")));
  EXPECT_EQ(full.encoder->blocks->sublayers[0].ffn->hidden, 0);  // 256 and 128
}

TEST(ModelOptionsFlatKeys, ShowWhatThePresetBecame) {
  ModelOptions options;
  options.preset = Preset::transformer_small;
  options.norm = NormPlacement::post;
  const ModelOptions full = expand(options);
  ModelOptions shown = with_flat_keys(full);
  EXPECT_EQ(shown.preset, Preset::transformer_small);
  EXPECT_EQ(shown.layers, 3);
  EXPECT_EQ(shown.encoder_layers, 3);
  EXPECT_EQ(shown.heads, 4);
  EXPECT_EQ(shown.feed_forward, 1024);
  EXPECT_EQ(shown.norm, NormPlacement::post);
  EXPECT_EQ(config::to_yaml(expand(shown)), config::to_yaml(full));
  options.encoder_layers = 12;
  shown = with_flat_keys(expand(options));
  EXPECT_EQ(shown.preset, Preset::custom);
  EXPECT_EQ(shown.layers, 0);  // there is no one number
  EXPECT_EQ(shown.encoder_layers, 12);
  EXPECT_EQ(shown.decoder_layers, 3);
}

TEST(ModelOptionsFlatKeys, AreNotInventedForOtherBlocks) {
  const auto full = expand(config::read<ModelOptions>(
      config::parse_yaml(full_form("dim: 64", kTwoSublayersOfEach), "a.yaml")));
  EXPECT_EQ(config::to_yaml(with_flat_keys(full)), config::to_yaml(full));
}

TEST(ModelOptionsFlatKeys, AreReadBackBesideTheBlocks) {
  for (const char* yaml :
       {"preset: transformer_base", "{preset: transformer_tiny, encoder_layers: 12, norm: post}",
        "{preset: transformer_tiny, gated: true, bias: false, activation: silu, dim: 64}"}) {
    const ModelOptions full =
        expand(config::read<ModelOptions>(config::parse_yaml(yaml, "a.yaml")));
    const std::string text = config::to_yaml(with_flat_keys(full));
    EXPECT_NE(text, config::to_yaml(full));
    EXPECT_THAT(problems_of(text), IsEmpty()) << yaml;
    const auto again = config::read<ModelOptions>(config::parse_yaml(text, "a.yaml"));
    EXPECT_EQ(config::to_yaml(expand(again)), config::to_yaml(full)) << yaml;
  }
}

TEST(ModelOptionsCheck, LayersAtTheSideNameTheKeyThatIsMeant) {
  EXPECT_THAT(problems_of("{preset: transformer_tiny, encoder: {layers: 12}}"),
              ElementsAre(HasSubstr("encoder.layers: unknown key. Fix: did you mean "
                                    "encoder_layers?")));
  EXPECT_THAT(
      problems_of("{preset: transformer_tiny, decoder: {layers: 2}}"),
      ElementsAre(HasSubstr("decoder.layers: is only used by kind: rnn, not by blocks. Fix: "
                            "use model.decoder_layers or blocks.repeat, or kind: rnn.")));
}

TEST(ModelOptionsCheck, TheFullFormNeedsTheWidth) {
  EXPECT_THAT(problems_of(full_form("")),
              ElementsAre(HasSubstr("dim: the full form requires the width. Fix: set model.dim")));
}

TEST(ModelOptionsCheck, TheFullFormNeedsBothSides) {
  EXPECT_THAT(problems_of(full_form("dim: 64", kEncoder, "")),
              ElementsAre(HasSubstr("requires both encoder and decoder. Fix: add model.decoder.")));
  EXPECT_THAT(problems_of(full_form("dim: 64", "", kDecoder)),
              ElementsAre(HasSubstr("requires both encoder and decoder. Fix: add model.encoder.")));
}

TEST(ModelOptionsCheck, SinesAndCosinesNeedAnEvenWidth) {
  const std::string odd = "{dim: 15, layers: 1, heads: 3, feed_forward: 20, position: ";
  for (const char* position : {"sinusoidal", "sinusoidal_halves", "timing"}) {
    EXPECT_THAT(
        problems_of(odd + position + "}"),
        ElementsAre(HasSubstr("dim: 15 is odd, but positions come in sine and cosine pairs. "
                              "Fix: use 16.")));
  }
  EXPECT_THAT(problems_of(odd + "learned}"), SizeIs(0));
  EXPECT_THAT(problems_of(odd + "none}"), SizeIs(0));
}

TEST(ModelOptionsCheck, AnEncoderHasNothingToCrossAttendTo) {
  const std::string encoder =
      "encoder: {blocks: {sublayers: [{self_attention: {heads: 4}}, "
      "{cross_attention: {heads: 4}}]}}\n";
  EXPECT_THAT(problems_of(full_form("dim: 64", encoder)),
              ElementsAre(HasSubstr("encoder.blocks.sublayers[1].cross_attention: an encoder has "
                                    "no source to attend to")));
}

TEST(ModelOptionsCheck, ADecoderMayNotSeeTheFuture) {
  const std::string decoder =
      "decoder: {blocks: {sublayers: [{self_attention: {heads: 4}}, "
      "{cross_attention: {heads: 4, mask: causal}}]}}\n";
  EXPECT_THAT(problems_of(full_form("dim: 64", kEncoder, decoder)),
              ElementsAre(HasSubstr("decoder.blocks.sublayers[0].self_attention.mask: none lets "
                                    "the decoder see future targets. Fix: use causal."),
                          HasSubstr("decoder.blocks.sublayers[1].cross_attention.mask: causal has "
                                    "no meaning over another sequence. Fix: use none.")));
}

TEST(ModelOptionsCheck, ASublayerIsOneThing) {
  for (const char* sublayer : {"{norm: post}", "{self_attention: {heads: 4}, ffn: {hidden: 8}}"}) {
    const std::string encoder = std::string("encoder: {blocks: {sublayers: [") + sublayer + "]}}\n";
    EXPECT_THAT(problems_of(full_form("dim: 64", encoder)),
                ElementsAre(HasSubstr("a sublayer must be exactly one of")));
  }
}

}  // namespace
}  // namespace regard
