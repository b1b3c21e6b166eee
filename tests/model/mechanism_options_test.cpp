#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/emitter.h"
#include "regard/config/reader.h"
#include "regard/model/model_options.h"

#include "model/model_problems.h"

namespace regard {
namespace {

using test::problems_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What is written in one place of a model, and the one thing that is wrong with it.
struct Refusal {
  std::string written;
  std::string expected;  ///< key, value and fix
};

/// One entry of a list of sublayers.
std::string sublayers(const std::string& text) {
  return "{blocks: {sublayers: [" + text + "]}}";
}

const std::string kRnn = "{rnn: {cell: gru, bidirectional: true}, combine: replace}";  // 128 wide
const std::string kSelf = "{self_attention: {heads: 4}}";
const std::string kCausal = "{self_attention: {heads: 4, mask: causal}}";
const std::string kCross = "{cross_attention: {heads: 4}}";
const std::string kStep = "{kind: rnn, attention: {score: additive}}";

std::string model(const std::string& encoder, const std::string& decoder,
                  const std::string& more = "") {
  return "dim: 64\n" + more + "encoder: " + encoder + "\ndecoder: " + decoder + "\n";
}

std::string with_encoder(const std::string& entries, const std::string& more = "") {
  return model(sublayers(entries), kStep, more);
}

std::string with_decoder(const std::string& decoder, const std::string& more = "") {
  return model(sublayers(kRnn), decoder, "position: none\n" + more);
}

void expect_refused(const std::string& yaml, const std::string& expected) {
  EXPECT_THAT(problems_of(yaml), ElementsAre(HasSubstr(expected))) << yaml;
}

void expect_taken(const std::string& yaml) {
  EXPECT_THAT(problems_of(yaml), IsEmpty()) << yaml;
}

TEST(AttentionRules, RefuseWhatCannotBeAndNameTheFix) {
  const Refusal refusals[] = {
      {"heads: 7", "heads: 7 does not divide model.dim = 64. Fix: use 8."},
      {"project: none, heads: 4",
       "heads: 4 heads need projections, but project is none. Fix: use heads: 1, or project: qkv."},
      {"score: location, max_source: 50",
       "score: location attends to positions of another sequence. Fix: use another score"},
      {"score: dot, granularity: feature",
       "granularity: feature requires score: additive, not dot. Fix: use score: additive"},
      {"score: additive, granularity: feature, align: hard",
       "granularity: feature requires align: softmax, not hard. Fix: use align: softmax"},
      {"score: additive, granularity: feature, heads: 2",
       "heads: 2 heads: each feature already has its own distribution. Fix: use heads: 1."},
      {"score: additive, granularity: feature, clip: 5, hidden: 16",
       "clip: with granularity: feature the clipped sum is the score, without a hidden layer. Fix: "
       "remove "
       "hidden"},
      {"score: additive, granularity: feature, position: alibi",
       "position: alibi requires granularity: head. Fix: use position: none"},
      {"align: local_p, window: 3",
       "align: local_p predicts a position in another sequence. Fix: use local_m, or"},
      {"align: local_m", "window: local_m needs a window. Fix: set it, for example to 10."},
      {"window: 3",
       "window: is only used by align: local_m or local_p, not by softmax. Fix: remove it, or use "
       "align:"},
      {"align: hard, window: 3",
       "window: is only used by align: local_m or local_p, not by hard. Fix: remove it"},
      {"align: hard, hard: {select: sample}",
       "hard.select: sample requires an rnn decoder with one head. Fix: use gumbel"},
      {"align: hard, hard: {select: gumbel, mix_soft: 0.1}",
       "hard.mix_soft: is only used by select: sample, not by gumbel. Fix: remove it, or use "
       "select: "
       "sample."},
      {"hidden: 16",
       "hidden: is only used by score: additive or concat or mlp, not by scaled_dot. Fix:"},
      {"activation: elu",
       "activation: is only used by score: additive or concat or mlp, not by scaled_dot"},
      {"max_source: 5", "max_source: is only used by score: location, not by scaled_dot"},
      {"max_distance: 5",
       "max_distance: is only used by position: shaw, not by none. Fix: remove it"},
      {"score: additive, position: rope",
       "position: rope rotates queries and keys, which score additive mixes. Fix: use score:"},
      {"score: general, position: shaw",
       "position: shaw requires a dot product, not general. Fix: use score: scaled_dot"},
      {"heads: 64, position: rope",
       "position: rope rotates pairs of features, but a head has 1 features. Fix: use a different"},
      {"heads: 8, key_value_heads: 3", "key_value_heads: 3 does not divide heads = 8. Fix: use 2."},
      {"heads: 8, score: general, key_value_heads: 2",
       "key_value_heads: score general has parameters per key head. Fix: remove it"}};
  for (const auto& [written, expected] : refusals) {
    expect_refused(with_encoder("{self_attention: {" + written + "}}"),
                   "encoder.blocks.sublayers[0].self_attention." + expected);
  }
}

TEST(AttentionRules, TakeTheirNeighbours) {
  for (const char* written :
       {"heads: 4", "project: none", "project: none, heads: 1, score: dot",
        "score: additive, granularity: feature", "score: mlp, granularity: feature, clip: 5",
        "score: additive, granularity: feature, hidden: 16, activation: elu",
        "align: local_m, window: 1", "align: hard", "align: hard, hard: {select: threshold}",
        "score: concat, hidden: 16, activation: elu", "position: shaw, max_distance: 5",
        "score: cosine, position: rope", "score: additive, position: alibi",
        "heads: 32, position: rope", "heads: 8, key_value_heads: 1", "clip: 10", "mask: diagonal",
        "mask: backward", "heads: 4, merge: mean"})
    expect_taken(with_encoder(std::string("{self_attention: {") + written + "}}"));
}

TEST(CrossAttentionRules, RefuseWhatHasNoMeaningOverAnotherSequence) {
  const Refusal refusals[] = {
      {"mask: causal", "mask: causal has no meaning over another sequence. Fix: use none."},
      {"mask: diagonal", "mask: diagonal has no meaning over another sequence. Fix: use none."},
      {"position: alibi", "position: alibi has no meaning over another sequence. Fix: use none."},
      {"score: location",
       "max_source: the location score needs a maximum source length. Fix: set it"},
      {"score: location, max_source: 50, heads: 2",
       "heads: the location score requires one head, not 2. Fix: use heads: 1."},
      {"score: location, max_source: 50, clip: 5", "clip: the location score cannot be clipped"},
      {"align: local_p", "window: local_p needs a window. Fix: set it"}};
  for (const auto& [written, expected] : refusals) {
    expect_refused(with_decoder(sublayers("{cross_attention: {" + written + "}}")),
                   "decoder.blocks.sublayers[0].cross_attention." + expected);
    expect_refused(with_decoder("{kind: rnn, attention: {project: qkv, " + written + "}}"),
                   "decoder.attention." + expected);
  }
  for (const char* written : {"align: local_p, window: 3", "align: local_m, window: 3",
                              "score: location, max_source: 50", "align: hard"}) {
    expect_taken(with_decoder(sublayers(std::string("{cross_attention: {") + written + "}}")));
    expect_taken(
        with_decoder(std::string("{kind: rnn, attention: {project: qkv, ") + written + "}}"));
  }
  expect_refused(
      with_decoder(sublayers("{cross_attention: {align: hard, hard: {select: sample}}}")),
      "cross_attention.hard.select: sample requires an rnn decoder with one head. Fix: "
      "use gumbel, or decoder.kind: rnn.");
}

TEST(CrossAttentionRules, ProductsNeedOneWidth) {
  for (const char* score : {"dot", "scaled_dot", "cosine"}) {
    const std::string plain = std::string("score: ") + score + ", project: none";
    const std::string expected =
        std::string(".score: ") + score +
        " requires queries and keys of the same width, not 64 and 128. Fix: use "
        "score: general, or project: qkv.";
    // The context is as wide as the source, so something must bring it back to model.dim.
    const std::string back = ", {rnn: {hidden: 64}, combine: replace}";
    expect_refused(
        with_decoder(sublayers("{cross_attention: {" + plain + "}, combine: replace}" + back)),
        "cross_attention" + expected);
    expect_refused(with_decoder("{kind: rnn, attention: {" + plain + "}}"),
                   "decoder.attention" + expected);
    expect_refused(with_decoder(std::string("{kind: rnn, attention: {score: ") + score + "}}"),
                   "decoder.attention" + expected);
    expect_taken(with_decoder("{kind: rnn, hidden: 128, attention: {" + plain + "}}"));
    expect_taken(
        with_decoder(std::string("{kind: rnn, attention: {project: qkv, score: ") + score + "}}"));
  }
  for (const char* score : {"general", "additive", "location, max_source: 9"})
    expect_taken(with_decoder(std::string("{kind: rnn, attention: {score: ") + score + "}}"));
}

TEST(HardRules, ADropThatHitsTheChosenKeysIsRefused) {
  const std::string drops = "dropout: {attention: 0.1}\n";
  const std::string expected =
      "dropout.attention: 0.1 would drop the keys selected by the hard alignment";
  expect_refused(with_encoder("{self_attention: {align: hard}}", drops),
                 expected + " of encoder.blocks.sublayers[0]. Fix: use 0.");
  expect_refused(with_decoder(sublayers("{cross_attention: {align: hard}}"), drops), expected);
  const std::string step = "{kind: rnn, attention: {score: additive, align: hard}}";
  expect_refused(with_decoder(step, drops), expected + " of decoder.attention. Fix: use 0.");
  expect_taken(with_decoder(step));
  expect_taken(with_decoder(kStep, drops));
}

TEST(HardRules, SampleIsOfTheOneHeadOfAnRnnDecoder) {
  const std::string sample = "score: additive, align: hard, hard: {select: sample}";
  expect_taken(with_decoder("{kind: rnn, attention: {" + sample + "}}"));
  expect_taken(with_decoder("{kind: rnn, attention: {heads: 1, project: qkv, " + sample + "}}"));
  expect_refused(with_decoder("{kind: rnn, attention: {heads: 2, " + sample + "}}"),
                 "decoder.attention.heads: sample requires one head, not 2. Fix: use heads: 1.");
}

TEST(DecoderRules, NothingMaySeeFutureTargets) {
  const Refusal refusals[] = {
      {"{self_attention: {mask: none}}",
       "self_attention.mask: none lets the decoder see future targets. Fix: use causal."},
      {"{self_attention: {mask: backward}}",
       "self_attention.mask: backward lets the decoder see future targets. Fix: use causal."},
      {"{self_attention: {mask: diagonal}}",
       "self_attention.mask: diagonal lets the decoder see future targets. Fix: use causal."},
      {"{rnn: {hidden: 32, bidirectional: true}}",
       "rnn.bidirectional: true lets the decoder see future targets. Fix: use false."},
      {"{conv: {kernels: [3]}}",
       "conv.causal: false lets the decoder see future targets. Fix: use true."}};
  for (const auto& [written, expected] : refusals) {
    expect_refused(with_decoder(sublayers(kCross + ", " + written)),
                   "decoder.blocks.sublayers[1]." + expected);
  }
  for (const char* written :
       {"{self_attention: {mask: causal}}", "{self_attention: {mask: forward}}",
        "{rnn: {cell: lstm}}", "{conv: {kernels: [3, 2], causal: true}}"})
    expect_taken(with_decoder(sublayers(kCross + ", " + written)));
}

TEST(DecoderRules, BlocksEndWithTheWidthOfTheOutput) {
  const std::string wide = "{rnn: {hidden: 32}, combine: replace}";
  expect_refused(with_decoder(sublayers(kCross + ", " + wide)),
                 "decoder.blocks: the output width of the blocks is 32, but the output matrix "
                 "expects model.dim = 64. Fix: end with a sublayer of that width.");
  expect_taken(with_decoder(sublayers(wide + ", {rnn: {hidden: 64}, combine: replace}")));
}

TEST(DecoderRules, KeysOfARecurrentOneAreRefusedInBlocks) {
  const std::pair<const char*, const char*> keys[] = {
      {"cell", "lstm"},          {"layers", "2"},
      {"hidden", "32"},          {"attend", "before"},
      {"bridge", "copy"},        {"readout", "maxout"},
      {"input_feeding", "true"}, {"attention", "{heads: 2}"}};
  for (const auto& [key, value] : keys) {
    const std::string written = std::string(key) + ": " + value;
    // Of blocks there are other layers, which have a key.
    const std::string fix = key == std::string("layers")
                                ? "use model.decoder_layers or blocks.repeat, or kind: rnn."
                                : "remove it, or use kind: rnn.";
    expect_refused(
        with_decoder("{" + written + ", blocks: {sublayers: [" + kCross + "]}}"),
        std::string("decoder.") + key + ": is only used by kind: rnn, not by blocks. Fix: " + fix);
  }
}

TEST(DecoderRules, OfARecurrentOne) {
  const Refusal refusals[] = {
      {"blocks: {sublayers: [" + kCross + "]}, attention: {score: general}",
       "decoder.blocks: is only used by kind: blocks, not by rnn. Fix: remove it, or use kind: "
       "blocks."},
      {"attend: before, input_feeding: true, attention: {score: general}",
       "decoder.input_feeding: with attend: before the context is already an input of the cell. "
       "Fix: use "
       "input_feeding: false, or attend: after."},
      {"attend: before, attention: none",
       "decoder.attend: before requires an attention. Fix: add one, or use attend: after."},
      {"bridge: zero",
       "decoder.bridge: zero, without attention: no information from the source reaches the "
       "decoder. Fix: use linear, or add an attention."},
      {"bridge: copy, attention: {score: general}",
       "decoder.bridge: copy requires encoder states as wide as the decoder's, 64, not 128. Fix: "
       "use linear, or different widths."},
      {"attention: {heads: 3}", "decoder.attention.heads: 3 does not divide"},
      {"layers: 0, attention: {score: general}", "decoder.layers: 0"},
      {"attention: {score: genral}", "decoder.attention.score: "}};
  for (const auto& [written, expected] : refusals)
    expect_refused(with_decoder("{kind: rnn, " + written + "}"), expected);
  for (const char* written :
       {"attend: after, input_feeding: true, attention: {score: general}",
        "attend: before, attention: {score: general}", "attention: none", "bridge: linear",
        "bridge: copy, hidden: 128", "bridge: zero, attention: {score: general}",
        "attention: {heads: 4}", "layers: 2, cell: lstm, hidden: 40, attention: {score: concat}"})
    expect_taken(with_decoder(std::string("{kind: rnn, ") + written + "}"));
  expect_refused(with_decoder("{}"),
                 "decoder.blocks: a decoder of kind blocks requires them. Fix: write");
}

TEST(DecoderRules, ACopyLooksAtTheStatesThatItTakes) {
  // The upper of two encoder layers is as wide as the decoder, the lower one is not.
  const std::string encoder =
      sublayers("{rnn: {hidden: 32}, combine: replace}, {rnn: {hidden: 64}, combine: replace}");
  const std::string start = "{kind: rnn, bridge: copy, attention: {score: dot}, layers: ";
  expect_taken(model(encoder, start + "1}", "position: none\n"));
  expect_refused(
      model(encoder, start + "2}", "position: none\n"),
      "decoder.bridge: copy requires encoder states as wide as the decoder's, 64, not 32.");
}

TEST(EncoderRules, HasNothingToCrossAttendTo) {
  expect_refused(with_encoder(kSelf + ", " + kCross),
                 "encoder.blocks.sublayers[1].cross_attention: an encoder has no source to attend "
                 "to. Fix: use self_attention, or move it to the decoder.");
}

TEST(EncoderRules, IsOneLevelOfBlocksOrBranches) {
  const std::string blocks = "blocks: {sublayers: [" + kSelf + "]}";
  const Refusal refusals[] = {
      {"{levels: [{" + blocks + "}, {" + blocks + "}]}",
       "encoder.levels: 2 levels: only one is supported. Fix: keep only the first."},
      {"{}", "encoder: an encoder has either blocks or levels. Fix: write blocks:"},
      {"{" + blocks + ", levels: [{" + blocks + "}]}",
       "encoder: an encoder has either blocks or levels. Fix: write blocks:"},
      {"{levels: [{}]}",
       "encoder.levels[0]: a level has either blocks or branches. Fix: write one of the two."},
      {"{levels: [{" + blocks + ", branches: [{" + blocks + "}]}]}",
       "encoder.levels[0]: a level has either blocks or branches. Fix: write one of the two."},
      {"{levels: [{branches: [{" + blocks + "}, {blocks: {sublayers: [" + kCross + "]}}]}]}",
       "encoder.levels[0].branches[1].blocks.sublayers[0].cross_attention: an encoder has no "
       "source"}};
  for (const auto& [written, expected] : refusals)
    expect_refused(model(written, kStep), expected);
  expect_taken(model("{levels: [{" + blocks + "}]}", kStep));
  expect_taken(model("{levels: [{branches: [{" + blocks + "}, {" + blocks + "}]}]}", kStep));
}

TEST(EncoderRules, MustSeeTheOrder) {
  const std::string expected =
      "position: with none, the encoder cannot tell word order. Fix: use sinusoidal, or "
      "order_blind: true if this is intended.";
  const std::string network = ", {ffn: {hidden: 32}}";
  for (const char* self : {"mask: none", "mask: diagonal", "align: hard"}) {
    const std::string entries = std::string("{self_attention: {") + self + "}}" + network;
    expect_refused(with_encoder(entries, "position: none\n"), expected);
    expect_taken(with_encoder(entries, "position: none\norder_blind: true\n"));
    expect_taken(with_encoder(entries, "position: learned\n"));
  }
  for (const char* sees :
       {"{self_attention: {mask: forward}}", "{self_attention: {mask: causal}}",
        "{self_attention: {position: rope}}", "{self_attention: {position: alibi}}",
        "{self_attention: {align: local_m, window: 2}}", "{rnn: {cell: gru}}",
        "{conv: {kernels: [3]}}"})
    expect_taken(with_encoder(sees + network, "position: none\n"));
}

TEST(SublayerRules, OnlyReplaceChangesTheWidth) {
  const std::string expected =
      " requires an output as wide as the input, 64, not 128. Fix: use "
      "combine: replace, or other widths.";
  const std::string wide = "{rnn: {bidirectional: true}, combine: ";
  const std::string place = "encoder.blocks.sublayers[0].combine: ";
  expect_refused(with_encoder(wide + "residual}"), place + "residual" + expected);
  expect_refused(with_encoder(wide + "fusion}"), place + "fusion" + expected);
  expect_taken(with_encoder(wide + "replace}"));
  for (const char* combine : {"residual", "fusion", "replace"}) {
    expect_taken(with_encoder(std::string("{rnn: {bidirectional: true, merge: sum}, combine: ") +
                              combine + "}"));
    expect_taken(with_encoder(std::string("{rnn: {bidirectional: true, hidden: 32}, combine: ") +
                              combine + "}"));
  }
}

TEST(SublayerRules, WidthsAreFollowedThroughRepeatedBlocks) {
  // The first block is as wide as it should be, the second is not.
  const std::string entries =
      "{self_attention: {heads: 64}}, {rnn: {hidden: 96}, combine: replace}";
  expect_taken(model("{blocks: {repeat: 1, sublayers: [" + entries + "]}}", kStep));
  expect_refused(model("{blocks: {repeat: 2, sublayers: [" + entries + "]}}", kStep),
                 "encoder.blocks.sublayers[0].self_attention.heads: 64 does not divide");
}

TEST(SublayerRules, OfConvolutions) {
  const std::string place = "encoder.blocks.sublayers[0].conv.kernels";
  const Refusal refusals[] = {
      {"kernels: [3, 4]", "[1]: 4 has no center. Fix: use 5, or causal: true."},
      {"kernels: [0], causal: true", "[0]: 0 is not a valid kernel width. Fix: use 1 to 1023."},
      {"kernels: [1025]", "[0]: 1025 is not a valid kernel width. Fix: use 1 to 1023."},
      {"kernels: []", ": "}};
  for (const auto& [written, expected] : refusals)
    expect_refused(with_encoder("{conv: {" + written + "}}"), place + expected);
  expect_taken(with_encoder("{conv: {kernels: [4], causal: true}}"));
  expect_taken(with_encoder("{conv: {kernels: [1, 5, 1], hidden: 256, glu: true}}"));
}

TEST(SublayerRules, AreOneKindEach) {
  expect_refused(with_encoder("{rnn: {cell: gru}, conv: {kernels: [3]}}"),
                 "encoder.blocks.sublayers[0]: a sublayer must be exactly one of self_attention, "
                 "cross_attention, rnn, conv, ffn, average, ssru. Fix: write one of them");
}

std::size_t num_doubts(const std::string& encoder_entries, const std::string& decoder) {
  const std::string yaml = model(sublayers(encoder_entries), decoder, "position: none\n");
  expect_taken(yaml);
  return doubts_about(expand(config::read<ModelOptions>(config::parse_yaml(yaml, "a.yaml"))))
      .size();
}

TEST(Doubts, AttendBeforeUsuallyReadsBothDirections) {
  const std::string before = "{kind: rnn, attend: before, attention: {score: additive}}";
  EXPECT_EQ(num_doubts("{rnn: {cell: gru}}", before), 1U);
  EXPECT_EQ(num_doubts("{rnn: {cell: gru}}, {rnn: {cell: gru}}", before), 1U);
  EXPECT_EQ(num_doubts(kRnn, before), 0U);
  EXPECT_EQ(num_doubts(kRnn + ", {rnn: {cell: gru}}", before), 0U);
  EXPECT_EQ(num_doubts("{rnn: {cell: gru}}, {self_attention: {heads: 4}}", before), 0U);
  EXPECT_EQ(num_doubts("{rnn: {cell: gru}}", kStep), 0U);
}

TEST(Doubts, AFeedForwardNetworkSeesNoLaterWords) {
  const std::string before = "{kind: rnn, attend: before, attention: {score: additive}}";
  EXPECT_EQ(num_doubts("{rnn: {cell: gru}}, {ffn: {hidden: 32}}", before), 1U);
}

TEST(UnknownKeys, AreNamedWithTheNearestOne) {
  EXPECT_THAT(
      problems_of(with_encoder("{rnn: {cell: gru, bidirectionl: true}}")),
      testing::Contains(testing::AllOf(HasSubstr("bidirectionl"), HasSubstr("bidirectional"))));
  EXPECT_THAT(
      problems_of(with_decoder("{kind: rnn, input_feding: true}")),
      testing::Contains(testing::AllOf(HasSubstr("input_feding"), HasSubstr("input_feeding"))));
}

TEST(MechanismOptions, ComeBackFromYaml) {
  const std::string branch =
      "{blocks: {sublayers: [{self_attention: {score: additive, clip: 5, "
      "granularity: feature, mask: forward}, pre_dense: elu, combine: "
      "fusion}]}}";
  const std::string text =
      model("{levels: [{branches: [" + branch + ", " + branch + "]}]}",
            "{kind: rnn, cell: lstm, layers: 2, attend: after, input_feeding: true, attention: "
            "{score: general, align: local_p, window: 10}}",
            "position: none\n");
  const auto read = [](const std::string& yaml) {
    return config::read<ModelOptions>(config::parse_yaml(yaml, "a.yaml"));
  };
  const ModelOptions options = read(text);
  EXPECT_EQ(config::to_yaml(read(config::to_yaml(options))), config::to_yaml(options));
  const ModelOptions full = expand(options);
  EXPECT_EQ(config::to_yaml(expand(full)), config::to_yaml(full));
  EXPECT_THAT(problems_of(config::to_yaml(full)), IsEmpty());
  EXPECT_EQ(full.decoder->attention->heads, 1);
  EXPECT_EQ(full.decoder->attention->project, AttentionProjection::none);
  const BlocksOptions& blocks = full.encoder->levels.at(0).branches.at(1).blocks;
  EXPECT_EQ(blocks.sublayers.at(0).self_attention->heads, 1);
  EXPECT_EQ(blocks.sublayers[0].self_attention->project, AttentionProjection::qkv);
}

TEST(MechanismOptions, OpenHeadsDependOnThePlace) {
  AttentionOptions options;
  EXPECT_EQ(resolved(options).heads, 8);
  EXPECT_EQ(resolved(options).project, AttentionProjection::qkv);
  EXPECT_EQ(resolved(options, true).heads, 1);
  EXPECT_EQ(resolved(options, true).project, AttentionProjection::none);
  options.heads = 2;
  EXPECT_EQ(resolved(options, true).project, AttentionProjection::qkv);
  options.heads = 0;
  options.project = AttentionProjection::none;
  EXPECT_EQ(resolved(options).heads, 1);
  options.project = AttentionProjection::auto_;
  options.granularity = Granularity::feature;
  EXPECT_EQ(resolved(options).heads, 1);
  EXPECT_EQ(resolved(options).project, AttentionProjection::qkv);
}

}  // namespace
}  // namespace regard
