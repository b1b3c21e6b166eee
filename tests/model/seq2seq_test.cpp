#include "regard/model/seq2seq.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/describe.h"
#include "regard/core/error.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::decoder_inputs_of;
using test::expect_identical;
using test::expect_near;
using test::random_rows;
using test::sources_of;
using test::tiny_model;
using test::tiny_options;
using test::TokenRows;
using testing::ElementsAre;
using testing::HasSubstr;
using torch::Tensor;

constexpr std::int64_t kSeq2SeqVocabulary = 23;
constexpr PositionKind kPositions[] = {PositionKind::sinusoidal, PositionKind::sinusoidal_halves,
                                       PositionKind::timing, PositionKind::learned,
                                       PositionKind::none};

/// A model of every norm and position, with a name for messages.
std::vector<std::pair<std::string, Seq2Seq>> models() {
  std::vector<std::pair<std::string, Seq2Seq>> all;
  for (const NormPlacement norm : {NormPlacement::pre, NormPlacement::post, NormPlacement::none}) {
    for (const PositionKind position : kPositions) {
      ModelOptions options = tiny_options();
      options.norm = norm;
      options.position = position;
      all.emplace_back(config::word_of(norm) + ", " + config::word_of(position),
                       tiny_model(kSeq2SeqVocabulary, 3, options));
    }
  }
  return all;
}

Tensor whole_pass(Seq2Seq& model, const TokenRows& sources, const TokenRows& targets) {
  const ForwardContext evaluation;
  const EncoderOutput encoded = model->encode(sources_of(sources), evaluation);
  return model->decode(decoder_inputs_of(targets), encoded, evaluation);
}

/// hidden [rows, steps, dim] of `ids` [rows, steps], read one by one.
Tensor step_by_step(Seq2Seq& model, DecoderState& state, const Tensor& ids) {
  std::vector<Tensor> hidden;
  for (std::int64_t i = 0; i < ids.size(1); ++i)
    hidden.push_back(model->step(ids.select(1, i), state));
  return at::stack(hidden, 1);
}

std::int64_t parameters_of(const ModelOptions& options, std::int64_t vocabulary) {
  return Seq2Seq(expand(options), vocabulary, vocabulary)->num_parameters();
}

/// The values of a Transformer with one embedding table (Vaswani et al. 2017), norms counted.
std::int64_t closed_form(std::int64_t dim, std::int64_t layers, std::int64_t hidden,
                         std::int64_t vocabulary, bool has_final_norms) {
  const std::int64_t attention = 4 * (dim * dim + dim);
  const std::int64_t network = dim * hidden + hidden + hidden * dim + dim;
  const std::int64_t norm = 2 * dim;
  const std::int64_t encoder = attention + network + 2 * norm;
  const std::int64_t decoder = 2 * attention + network + 3 * norm;
  return vocabulary * dim + layers * (encoder + decoder) + (has_final_norms ? 2 * norm : 0);
}

std::vector<std::string> matrices_with_vocabulary(const Seq2Seq& model, std::int64_t vocabulary) {
  std::vector<std::string> names;
  for (const auto& item : model->named_parameters()) {
    if (item.value().dim() == 2 && item.value().size(0) == vocabulary) names.push_back(item.key());
  }
  return names;
}

TEST(Seq2SeqParameters, AreAsManyAsTheClosedFormSays) {
  ModelOptions options;
  options.preset = Preset::transformer_tiny;
  EXPECT_EQ(parameters_of(options, 1000), closed_form(128, 2, 512, 1000, true));
  options.preset = Preset::transformer_small;
  EXPECT_EQ(parameters_of(options, 8000), closed_form(256, 3, 1024, 8000, true));
  options.preset = Preset::transformer_base;
  EXPECT_EQ(parameters_of(options, 50), closed_form(512, 6, 2048, 50, true));
  options.norm = NormPlacement::post;
  EXPECT_EQ(parameters_of(options, 50), closed_form(512, 6, 2048, 50, false));
}

TEST(Seq2SeqParameters, LearnedPositionsHaveATablePerSide) {
  ModelOptions options = tiny_options();
  const std::int64_t without = parameters_of(options, kSeq2SeqVocabulary);
  options.position = PositionKind::learned;
  options.max_positions = 30;
  EXPECT_EQ(parameters_of(options, kSeq2SeqVocabulary), without + 2 * 30 * options.dim);
}

TEST(Seq2SeqOutput, ABiasIsAddedToEveryLogit) {
  ModelOptions options = tiny_options();
  const Seq2Seq plain = tiny_model(11);
  options.output_bias = true;
  const Seq2Seq biased = tiny_model(11, 1, options);
  EXPECT_FALSE(plain->output_bias().defined());
  ASSERT_EQ(biased->output_bias().sizes(), (std::vector<std::int64_t>{11}));
  EXPECT_EQ(biased->num_parameters(), plain->num_parameters() + 11);
  torch::NoGradGuard no_grad;
  const torch::Tensor hidden = at::ones({3, 16});
  const torch::Tensor without = at::linear(hidden, biased->output_weight());
  test::expect_near(biased->logits(hidden), without + biased->output_bias(), 1e-6);
  EXPECT_GT(biased->output_bias().abs().max().item<double>(), 0.01);
}

TEST(Seq2SeqNorm, EpsilonReachesEveryNorm) {
  ModelOptions options = tiny_options();
  options.norm_epsilon = 0.05;
  const Seq2Seq model = tiny_model(11, 1, options);
  std::int64_t norms = 0;
  for (const auto& module : model->modules()) {
    const auto* norm = dynamic_cast<torch::nn::LayerNormImpl*>(module.get());
    if (norm == nullptr) continue;
    EXPECT_EQ(norm->options.eps(), 0.05);
    ++norms;
  }
  EXPECT_EQ(norms, 2 * 2 + 2 * 3 + 2);  // two pre-norm blocks a side, and the final norms
}

TEST(Seq2SeqTie, LeavesThreeTwoOrOneMatrix) {
  ModelOptions options = tiny_options();
  options.tie = Tie::none;
  EXPECT_THAT(
      matrices_with_vocabulary(make_model(options, kSeq2SeqVocabulary, kSeq2SeqVocabulary, 1),
                               kSeq2SeqVocabulary),
      ElementsAre("encoder.embedding.weight", "decoder.embedding.weight", "output.weight"));
  options.tie = Tie::decoder;
  EXPECT_THAT(
      matrices_with_vocabulary(make_model(options, kSeq2SeqVocabulary, kSeq2SeqVocabulary, 1),
                               kSeq2SeqVocabulary),
      ElementsAre("encoder.embedding.weight", "decoder.embedding.weight"));
  options.tie = Tie::all;
  EXPECT_THAT(
      matrices_with_vocabulary(make_model(options, kSeq2SeqVocabulary, kSeq2SeqVocabulary, 1),
                               kSeq2SeqVocabulary),
      ElementsAre("encoder.embedding.weight"));
}

TEST(Seq2SeqTie, SurvivesAnotherType) {
  for (const Tie tie : {Tie::none, Tie::decoder, Tie::all}) {
    ModelOptions options = tiny_options();
    options.tie = tie;
    Seq2Seq model = tiny_model(kSeq2SeqVocabulary, 1, options);
    model->to(torch::kDouble);
    EXPECT_EQ(model->output_weight().scalar_type(), torch::kDouble);
    const auto names = matrices_with_vocabulary(model, kSeq2SeqVocabulary);
    const Tensor last = model->named_parameters()[names.back()];
    EXPECT_EQ(model->output_weight().data_ptr(), last.data_ptr());
  }
}

TEST(Seq2SeqTie, GradientsOfAllUsesMeetInOneMatrix) {
  Seq2Seq model = tiny_model(kSeq2SeqVocabulary);
  model->logits(whole_pass(model, {{5, 6}}, {{7}})).logsumexp(-1).sum().backward();
  const Tensor gradient = model->output_weight().grad();
  const std::int64_t rows_used = gradient.abs().sum(1).gt(0).sum().item<std::int64_t>();
  EXPECT_EQ(rows_used, kSeq2SeqVocabulary) << "the output reaches every row";
}

TEST(Seq2SeqTie, TwoVocabulariesMayDiffer) {
  ModelOptions options = tiny_options();
  options.tie = Tie::decoder;
  Seq2Seq model = make_model(options, 40, kSeq2SeqVocabulary, 1);
  EXPECT_EQ(model->source_vocabulary(), 40);
  EXPECT_EQ(model->target_vocabulary(), kSeq2SeqVocabulary);
  const Tensor logits = model->logits(whole_pass(model, {{39, 38}}, {{5}}));
  EXPECT_EQ(logits.size(-1), kSeq2SeqVocabulary);
}

TEST(Seq2SeqTie, AllRefusesTwoVocabularies) {
  try {
    make_model(tiny_options(), 40, kSeq2SeqVocabulary, 1);
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("model.tie: all requires one vocabulary, but the source "
                                        "has 40 pieces and the target 23"));
  }
}

TEST(Seq2SeqSeed, FixesEveryWeight) {
  const Seq2Seq first = make_model(tiny_options(), kSeq2SeqVocabulary, kSeq2SeqVocabulary, 7);
  const Seq2Seq same = make_model(tiny_options(), kSeq2SeqVocabulary, kSeq2SeqVocabulary, 7);
  const Seq2Seq other = make_model(tiny_options(), kSeq2SeqVocabulary, kSeq2SeqVocabulary, 8);
  ASSERT_GT(first->parameters().size(), 20u);
  for (const auto& item : first->named_parameters()) {
    expect_identical(same->named_parameters()[item.key()], item.value());
    const bool is_drawn = item.value().dim() == 2;
    EXPECT_EQ(at::equal(other->named_parameters()[item.key()], item.value()), !is_drawn)
        << item.key();
  }
}

TEST(Seq2SeqShapes, AreThoseOfTheRows) {
  Seq2Seq model = tiny_model(kSeq2SeqVocabulary);
  const ForwardContext evaluation;
  const EncoderOutput encoded = model->encode(sources_of({{5, 6, 7}, {8}}), evaluation);
  EXPECT_EQ(encoded.sentences(), 2);
  EXPECT_THAT(encoded.states.sizes().vec(), ElementsAre(2, 4, 16));
  const Tensor hidden = model->decode(decoder_inputs_of({{5}, {6, 7}}), encoded, evaluation);
  EXPECT_THAT(hidden.sizes().vec(), ElementsAre(2, 3, 16));
  EXPECT_THAT(model->logits(hidden).sizes().vec(), ElementsAre(2, 3, kSeq2SeqVocabulary));
}

TEST(Seq2SeqDecode, StepByStepEqualsTheFullPass) {
  torch::NoGradGuard no_grad;
  const TokenRows sources = random_rows({3, 9, 1, 6}, kSeq2SeqVocabulary, 1);
  const TokenRows targets = random_rows({11, 11, 11, 11}, kSeq2SeqVocabulary, 2);
  for (auto& [name, model] : models()) {
    SCOPED_TRACE(name);
    DecoderState state = model->start(model->encode(sources_of(sources), {}));
    const Tensor steps = step_by_step(model, state, decoder_inputs_of(targets).ids);
    EXPECT_EQ(state.step, 12);
    expect_near(steps, whole_pass(model, sources, targets), 1e-5);
  }
}

TEST(Seq2SeqDecode, ASentenceAloneEqualsItInAPaddedBatch) {
  torch::NoGradGuard no_grad;
  const TokenRows sources = random_rows({3, 12, 1, 6}, kSeq2SeqVocabulary, 1);
  const TokenRows targets = random_rows({8, 2, 5, 0}, kSeq2SeqVocabulary, 2);
  for (auto& [name, model] : models()) {
    SCOPED_TRACE(name);
    const Tensor encoded = model->encode(sources_of(sources), {}).states;
    const Tensor decoded = whole_pass(model, sources, targets);
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      const Tensor alone = model->encode(sources_of({sources[i]}), {}).states[0];
      expect_near(encoded[row].narrow(0, 0, alone.size(0)), alone, 1e-5);
      const Tensor decoded_alone = whole_pass(model, {sources[i]}, {targets[i]})[0];
      expect_near(decoded[row].narrow(0, 0, decoded_alone.size(0)), decoded_alone, 1e-5);
    }
  }
}

TEST(Seq2SeqDecode, WhatStandsInThePaddingDoesNotMatter) {
  torch::NoGradGuard no_grad;
  Seq2Seq model = tiny_model(kSeq2SeqVocabulary);
  Sequences source = sources_of(random_rows({3, 7}, kSeq2SeqVocabulary));
  const Sequences target = decoder_inputs_of(random_rows({4, 4}, kSeq2SeqVocabulary, 2));
  const Tensor before = model->decode(target, model->encode(source, {}), {});
  source.ids[0].narrow(0, 4, 4).fill_(11);
  expect_identical(model->decode(target, model->encode(source, {}), {}), before);
}

TEST(Seq2SeqDecode, ATokenThatLooksLikePaddingCounts) {
  torch::NoGradGuard no_grad;
  Seq2Seq model = tiny_model(kSeq2SeqVocabulary);
  const TokenRows target = {{5, 6}};
  const Tensor with = whole_pass(model, {{7, 0, 8}}, target);
  const Tensor without = whole_pass(model, {{7, 8}}, target);
  EXPECT_FALSE(at::allclose(with, without));
}

TEST(Seq2SeqDecode, FutureTargetsDoNotChangeThePast) {
  torch::NoGradGuard no_grad;
  const TokenRows sources = random_rows({5, 3}, kSeq2SeqVocabulary, 1);
  const TokenRows targets = random_rows({9, 9}, kSeq2SeqVocabulary, 2);
  for (auto& [name, model] : models()) {
    SCOPED_TRACE(name);
    const Tensor before = whole_pass(model, sources, targets);
    for (std::size_t change : {0u, 4u, 8u}) {
      TokenRows changed = targets;
      for (auto& row : changed)
        row[change] = row[change] == 4 ? 5 : 4;
      const Tensor after = whole_pass(model, sources, changed);
      const auto past = static_cast<std::int64_t>(change) + 1;  // the start mark stands before
      expect_near(after.narrow(1, 0, past), before.narrow(1, 0, past), 1e-6);
      EXPECT_FALSE(at::allclose(after.select(1, past), before.select(1, past)));
    }
  }
}

TEST(Seq2SeqDecode, DropoutIsAFunctionOfItsStream) {
  Seq2Seq model = tiny_model(kSeq2SeqVocabulary);
  const auto pass = [&](std::uint64_t seed) {
    RandomStream random(seed);
    const ForwardContext training{&random};
    const EncoderOutput encoded = model->encode(sources_of({{5, 6, 7}}), training);
    return model->decode(decoder_inputs_of({{8, 9}}), encoded, training);
  };
  expect_identical(pass(1), pass(1));
  EXPECT_FALSE(at::allclose(pass(1), pass(2)));
  EXPECT_FALSE(at::allclose(pass(1), whole_pass(model, {{5, 6, 7}}, {{8, 9}})));
}

TEST(Seq2SeqRecords, NameEveryAttentionAndChangeNothing) {
  torch::NoGradGuard no_grad;
  Seq2Seq model = tiny_model(kSeq2SeqVocabulary);
  const Sequences source = sources_of({{5, 6, 7}, {8}});
  const Sequences target = decoder_inputs_of({{5}, {6, 7}});
  std::vector<AttentionRecord> records;
  const EncoderOutput encoded = model->encode(source, {}, &records);
  const auto real = [&](const Tensor& hidden) {
    return hidden.flatten(0, 1).index_select(0, target.places);
  };
  const Tensor hidden = real(model->decode(target, encoded, {}, &records));
  EXPECT_EQ(hidden.size(0), 5);
  expect_near(hidden, real(model->decode(target, model->encode(source, {}), {})), 1e-5);
  std::vector<std::string> names;
  for (const AttentionRecord& record : records) {
    names.push_back(record.name);
    expect_near(record.weights.sum(-1), at::ones_like(record.weights.sum(-1)), 1e-5);
  }
  EXPECT_THAT(names, ElementsAre("encoder.0.self_attention", "encoder.1.self_attention",
                                 "decoder.0.self_attention", "decoder.0.cross_attention",
                                 "decoder.1.self_attention", "decoder.1.cross_attention"));
}

TEST(Seq2SeqPositions, ALearnedTableHasAnEnd) {
  ModelOptions options = tiny_options();
  options.position = PositionKind::learned;
  options.max_positions = 6;
  Seq2Seq model = tiny_model(kSeq2SeqVocabulary, 1, options);
  EXPECT_NO_THROW(model->encode(sources_of(random_rows({5}, kSeq2SeqVocabulary)), {}));
  EXPECT_THROW(model->encode(sources_of(random_rows({6}, kSeq2SeqVocabulary)), {}), UserError);
}

}  // namespace
}  // namespace regard
