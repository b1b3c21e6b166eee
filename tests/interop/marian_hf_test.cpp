#include "regard/interop/marian_hf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/interop/verification.h"

#include "formats/temporary_folder.h"
#include "interop/portable_support.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::portable;
using test::sample_tokenizer;
using test::tiny_options;
using testing::ElementsAre;
using testing::HasSubstr;

ModelOptions post_norm(Tie tie) {
  ModelOptions options = tiny_options();
  options.norm = NormPlacement::post;
  options.position = PositionKind::sinusoidal_halves;
  options.activation = Activation::silu;
  options.tie = tie;
  return options;
}

void expect_equal_weights(const TransformerWeights& actual, const TransformerWeights& expected) {
  const Seq2Seq a = model_of(actual);
  const Seq2Seq b = model_of(expected);
  const auto parameters = b->named_parameters();
  ASSERT_EQ(a->named_parameters().size(), parameters.size());
  for (const auto& item : parameters)
    test::expect_identical(a->named_parameters()[item.key()], item.value());
}

TEST(MarianHuggingFace, WhatIsWrittenReadsBackTheSame) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  for (const Tie tie : {Tie::none, Tie::decoder, Tie::all}) {
    SCOPED_TRACE(config::word_of(tie));
    PortableModel model = portable(post_norm(tie), tokenizer, tokenizer);
    model.search = {7, 0.6, SearchEnd::attainable, 90, 2, 3};
    TemporaryFolder folder;
    write_marian_hf(model, folder.path());
    const PortableModel read = read_marian_hf(folder.path());
    EXPECT_EQ(read.weights.shape.tie, tie);
    expect_equal_weights(read.weights, model.weights);
    EXPECT_EQ(read.roles, model.roles);
    EXPECT_EQ(read.search.beam_size, 7);
    EXPECT_EQ(read.search.length_penalty, 0.6);
    EXPECT_EQ(read.search.end, SearchEnd::attainable);
    EXPECT_EQ(read.search.max_length, 90);
    EXPECT_EQ(read.search.min_length, 2);
    EXPECT_EQ(read.search.no_repeat_ngram, 3);
    EXPECT_EQ(read.source_language, "en");
    EXPECT_EQ(read.target_language, "de");
    EXPECT_TRUE(read.shares_vocabulary);
    const std::string text = "ein Mann läuft.";
    EXPECT_EQ(read.source.encode(text), model.source.encode(text));
    EXPECT_TRUE(read.notes.empty());
  }
}

TEST(MarianHuggingFace, TwoVocabulariesStayTwo) {
  const Tokenizer source = sample_tokenizer(120);
  const Tokenizer target = sample_tokenizer(140, 2);
  const PortableModel model = portable(post_norm(Tie::decoder), source, target);
  TemporaryFolder folder;
  write_marian_hf(model, folder.path());
  EXPECT_TRUE(std::filesystem::exists(folder / "target_vocab.json"));
  const PortableModel read = read_marian_hf(folder.path());
  EXPECT_FALSE(read.shares_vocabulary);
  EXPECT_EQ(read.source.size(), source.size());
  EXPECT_EQ(read.target.size(), target.size());
  expect_equal_weights(read.weights, model.weights);
}

TEST(MarianHuggingFace, InterleavedPositionsGiveTheSameLogits) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  ModelOptions options = post_norm(Tie::all);
  options.position = PositionKind::sinusoidal;
  const PortableModel model = portable(options, tokenizer, tokenizer);
  TemporaryFolder folder;
  write_marian_hf(model, folder.path());
  const PortableModel read = read_marian_hf(folder.path());
  EXPECT_EQ(read.weights.shape.position, PositionKind::sinusoidal_halves);
  const Seq2Seq original = model_of(model.weights);
  const Seq2Seq copy = model_of(read.weights);
  const Verification found = compare_logits(original, copy, model.roles);
  EXPECT_LT(found.max_difference, 1e-4);
  EXPECT_GT(found.max_difference, 0.0);
}

TEST(MarianHuggingFace, PositionsThatItDoesNotComputeAreStored) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  for (const PositionKind position : {PositionKind::timing, PositionKind::learned}) {
    SCOPED_TRACE(config::word_of(position));
    ModelOptions options = post_norm(Tie::all);
    options.position = position;
    options.max_positions = 33;
    const PortableModel model = portable(options, tokenizer, tokenizer);
    TemporaryFolder folder;
    write_marian_hf(model, folder.path());
    const PortableModel read = read_marian_hf(folder.path());
    EXPECT_EQ(read.weights.shape.position, position);
    if (position == PositionKind::learned) {
      EXPECT_EQ(read.weights.shape.max_positions, 33);
    }
    expect_equal_weights(read.weights, model.weights);
    const Seq2Seq original = model_of(model.weights);
    const Verification found = compare_with(marian_hf_logits(folder.path()), original, model.roles);
    EXPECT_LT(found.max_difference, 1e-4);
    EXPECT_GT(found.values, 1000);
  }
}

TEST(MarianHuggingFace, MissingBiasesBecomeZeros) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  ModelOptions options = post_norm(Tie::all);
  options.bias = false;
  const PortableModel model = portable(options, tokenizer, tokenizer);
  TemporaryFolder folder;
  write_marian_hf(model, folder.path());
  const TransformerWeights read = read_marian_hf(folder.path()).weights;
  ASSERT_TRUE(read.encoder.layers[0].inner.bias.defined());
  EXPECT_EQ(read.encoder.layers[0].inner.bias.abs().max().item<double>(), 0.0);
  const Seq2Seq original = model_of(model.weights);
  const Seq2Seq copy = model_of(read);
  EXPECT_LT(compare_logits(original, copy, model.roles).max_difference, 1e-5);
}

TEST(MarianHuggingFace, SaysWhatItCannotHold) {
  const auto first = [](auto&& change) {
    ModelOptions options = post_norm(Tie::all);
    change(options);
    const auto weights = weights_of(*test::tiny_model(23, 1, options));
    const auto problems = marian_hf_obstacles(weights.shape, "m");
    return problems.empty() ? std::string() : problems.front().what;
  };
  EXPECT_EQ(first([](ModelOptions&) {}), "");
  EXPECT_THAT(first([](ModelOptions& o) { o.norm = NormPlacement::pre; }), HasSubstr("norm: pre"));
  EXPECT_THAT(first([](ModelOptions& o) { o.gated = true; }), HasSubstr("gated"));
}

TEST(MarianHuggingFace, PickledWeightsAreNotRead) {
  TemporaryFolder folder;
  write_file_atomically(folder / "pytorch_model.bin", "x");
  try {
    read_marian_hf(folder.path());
    FAIL() << "read";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("pytorch_model.bin"));
    EXPECT_THAT(error.what(), HasSubstr("save_pretrained"));
  }
}

}  // namespace
}  // namespace regard
