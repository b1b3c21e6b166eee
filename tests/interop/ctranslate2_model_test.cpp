#include "regard/interop/ctranslate2_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/formats/ctranslate2.h"
#include "regard/interop/verification.h"

#include "formats/temporary_folder.h"
#include "interop/portable_support.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::portable;
using test::sample_tokenizer;
using test::tiny_options;
using testing::HasSubstr;
using torch::Tensor;

TEST(Ctranslate2Model, EveryPlainTransformerReadsBackWithItsLogits) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  for (const auto& [name, options] : test::plain_transformers()) {
    SCOPED_TRACE(name);
    const PortableModel model = portable(options, tokenizer, tokenizer);
    TemporaryFolder folder;
    write_ctranslate2_model(model, folder.path(), Quantization::float32);
    const Seq2Seq original = model_of(model.weights);
    const Seq2Seq read = model_of(read_ctranslate2_weights(folder.path(), model.weights.shape));
    const Verification found = compare_logits(original, read, model.roles);
    EXPECT_LT(found.max_difference, 1e-5);
    EXPECT_GT(found.values, 1000);
  }
}

TEST(Ctranslate2Model, WhatIsSuppressedHasNoChance) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  const PortableModel model = portable(tiny_options(), tokenizer, tokenizer);
  TemporaryFolder folder;
  write_ctranslate2_model(model, folder.path(), Quantization::float32);
  const Tensor bias = read_ctranslate2_weights(folder.path(), model.weights.shape).output_bias;
  ASSERT_EQ(bias.numel(), 120);
  for (std::int64_t id = 0; id < 120; ++id)
    EXPECT_EQ(bias[id].item<float>(), id < 3 ? kSuppressedBias : 0.0F) << id;
}

TEST(Ctranslate2Model, Int8IsTheNearestOf255Steps) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  PortableModel model = portable(tiny_options(), tokenizer, tokenizer);
  model.weights.encoder.layers[0].inner.weight =
      model.weights.encoder.layers[0].inner.weight.clone();
  model.weights.encoder.layers[0].inner.weight[1].zero_();  // a row without a largest value
  TemporaryFolder folder;
  write_ctranslate2_model(model, folder.path(), Quantization::int8);
  const auto file = Ctranslate2File::open(folder / "model.bin");
  EXPECT_EQ(file.at("decoder/embeddings/weight").dtype, DType::i8);
  EXPECT_EQ(file.at("decoder/layer_0/ffn/layer_norm/gamma").dtype, DType::f32);
  const TransformerWeights read = read_ctranslate2_weights(folder.path(), model.weights.shape);
  const Tensor expected = model.weights.encoder.layers[0].inner.weight;
  const Tensor actual = read.encoder.layers[0].inner.weight;
  const Tensor step = expected.abs().amax(1, true) / 127.0;
  EXPECT_TRUE(((actual - expected).abs() <= 0.501 * step).all().item<bool>());
  EXPECT_GT((actual - expected).abs().max().item<double>(), 0.0);
  EXPECT_EQ(actual[1].abs().max().item<double>(), 0.0);
  EXPECT_TRUE(at::isfinite(actual).all().item<bool>());
}

TEST(Ctranslate2Model, ShorterNumbersAreCloseAndMustFit) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  PortableModel model = portable(tiny_options(), tokenizer, tokenizer);
  const Seq2Seq original = model_of(model.weights);
  for (const auto& [numbers, type] :
       {std::pair{Quantization::float16, DType::f16}, {Quantization::bfloat16, DType::bf16}}) {
    TemporaryFolder folder;
    write_ctranslate2_model(model, folder.path(), numbers);
    EXPECT_EQ(Ctranslate2File::open(folder / "model.bin").at("decoder/embeddings/weight").dtype,
              type);
    const Seq2Seq read = model_of(read_ctranslate2_weights(folder.path(), model.weights.shape));
    const Verification found = compare_logits(original, read, model.roles);
    EXPECT_LT(found.max_difference, 0.05 * std::max(1.0, found.largest_logit));
    EXPECT_GT(found.max_difference, 0.0);
  }
  model.weights.encoder.layers[0].outer.bias = at::full({16}, 1e6);
  TemporaryFolder folder;
  EXPECT_THROW(write_ctranslate2_model(model, folder.path(), Quantization::float16), UserError);
}

TEST(Ctranslate2Model, TablesOfOneKindAreWrittenOnce) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  const PortableModel model = portable(tiny_options(), tokenizer, tokenizer);
  TemporaryFolder folder;
  write_ctranslate2_model(model, folder.path(), Quantization::float32);
  const auto file = Ctranslate2File::open(folder / "model.bin");
  EXPECT_EQ(file.aliases().size(), 3u);  // two embeddings, one table of positions
  EXPECT_EQ(file.at("encoder/embeddings_0/weight").data, file.at("decoder/embeddings/weight").data);
  EXPECT_EQ(file.header().revision, 7u);
}

TEST(Ctranslate2Model, ConfigurationAndVocabularyAreThoseOfTheModel) {
  const Tokenizer source = sample_tokenizer(120);
  const Tokenizer target = sample_tokenizer(140, 2);
  ModelOptions options = tiny_options();
  options.tie = Tie::decoder;
  options.norm_epsilon = 1e-6;
  const PortableModel model = portable(options, source, target);
  TemporaryFolder folder;
  write_ctranslate2_model(model, folder.path(), Quantization::float32);
  const auto config = nlohmann::json::parse(bytes_of(folder / "config.json"));
  EXPECT_EQ(config.at("decoder_start_token"), "<s>");
  EXPECT_EQ(config.at("eos_token"), "</s>");
  EXPECT_EQ(config.at("unk_token"), "<unk>");
  EXPECT_EQ(config.at("add_source_eos"), true);
  EXPECT_DOUBLE_EQ(config.at("layer_norm_epsilon").get<double>(), 1e-6);
  const auto pieces = nlohmann::json::parse(bytes_of(folder / "target_vocabulary.json"));
  ASSERT_EQ(pieces.size(), 140u);
  EXPECT_EQ(pieces[7], target.piece(7));
  EXPECT_FALSE(std::filesystem::exists(folder / "shared_vocabulary.json"));
}

TEST(Ctranslate2Model, TwoEndMarksAreRefused) {
  const Tokenizer tokenizer = sample_tokenizer(120);
  PortableModel model = portable(tiny_options(), tokenizer, tokenizer);
  model.roles.source_end = 7;
  TemporaryFolder folder;
  try {
    write_ctranslate2_model(model, folder.path(), Quantization::float32);
    FAIL() << "written";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("one end-of-sentence token"));
  }
}

}  // namespace
}  // namespace regard
