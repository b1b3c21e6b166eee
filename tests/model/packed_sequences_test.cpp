// Encoders and decoders leave padding out between the attentions; that must not be seen.

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::expect_near;
using test::random_rows;
using test::sources_of;
using torch::Tensor;

constexpr std::int64_t kPackedVocabulary = 23;

struct Pass {
  Tensor states;  // of the real tokens
  Tensor gradient;
};

/// The states [rows, positions, dim] at `places`, and the gradient of the weight `table`.
Pass pass_of(Seq2Seq& model, const Tensor& states, const Tensor& places, const char* table) {
  Pass result;
  result.states = states.flatten(0, 1).index_select(0, places);
  model->zero_grad();
  result.states.pow(2).sum().backward();
  for (const auto& item : model->named_parameters()) {
    if (item.key() == table) result.gradient = item.value().grad().clone();
  }
  return result;
}

/// Records are only kept of padded sequences.
Pass encoder_pass(Seq2Seq& model, const Sequences& source, bool is_padded) {
  std::vector<AttentionRecord> records;
  const EncoderOutput encoded =
      model->encode(source, ForwardContext{}, is_padded ? &records : nullptr);
  EXPECT_EQ(records.empty(), !is_padded);
  return pass_of(model, encoded.states, source.places, "encoder.embedding.weight");
}

TEST(PackedEncoder, ComputesWhatThePaddedOneComputes) {
  ModelOptions relative = test::tiny_options();
  relative.tie = Tie::none;
  ModelOptions post = relative;
  post.norm = NormPlacement::post;
  for (const ModelOptions& options : {relative, post}) {
    Seq2Seq model = test::tiny_model(kPackedVocabulary, 1, options);
    const Sequences source = sources_of(random_rows({7, 2, 5, 1}, kPackedVocabulary));
    ASSERT_LT(source.places.numel(), source.ids.numel());
    const Pass padded = encoder_pass(model, source, true);
    const Pass packed = encoder_pass(model, source, false);
    ASSERT_TRUE(padded.gradient.defined());
    expect_near(packed.states, padded.states, 1e-5);
    expect_near(packed.gradient, padded.gradient, 1e-4);
  }
}

TEST(PackedEncoder, StatesOfPaddingAreZero) {
  Seq2Seq model = test::tiny_model(kPackedVocabulary);
  const Sequences source = sources_of(random_rows({4, 2}, kPackedVocabulary));
  const EncoderOutput encoded = model->encode(source, ForwardContext{});
  ASSERT_EQ(encoded.states.size(1), 5);
  EXPECT_EQ(encoded.states[1].slice(0, 3, 5).count_nonzero().item<std::int64_t>(), 0);
  EXPECT_FALSE(encoded.mask.is_packed);
}

/// The same for the decoder.
Pass decoder_pass(Seq2Seq& model, const Sequences& source, const Sequences& target,
                  bool is_padded) {
  std::vector<AttentionRecord> records;
  const EncoderOutput encoded = model->encode(source, ForwardContext{});
  const Tensor hidden =
      model->decode(target, encoded, ForwardContext{}, is_padded ? &records : nullptr);
  EXPECT_EQ(records.empty(), !is_padded);
  EXPECT_EQ(hidden.sizes().slice(0, 2), target.ids.sizes());
  return pass_of(model, hidden, target.places, "decoder.embedding.weight");
}

TEST(PackedDecoder, ComputesWhatThePaddedOneComputes) {
  ModelOptions options = test::tiny_options();
  options.tie = Tie::none;
  ModelOptions post = options;
  post.norm = NormPlacement::post;
  for (const ModelOptions& each : {options, post}) {
    Seq2Seq model = test::tiny_model(kPackedVocabulary, 1, each);
    const Sequences source = sources_of(random_rows({7, 2, 5, 1}, kPackedVocabulary));
    const Sequences target = sources_of(random_rows({2, 6, 3, 4}, kPackedVocabulary));
    ASSERT_LT(target.places.numel(), target.ids.numel());
    const Pass padded = decoder_pass(model, source, target, true);
    const Pass packed = decoder_pass(model, source, target, false);
    ASSERT_TRUE(padded.gradient.defined());
    expect_near(packed.states, padded.states, 1e-5);
    expect_near(packed.gradient, padded.gradient, 1e-4);
  }
}

/// Local-p predicts a place from each query's state, and relative positions are biases of scores:
/// both take the path without the fused kernel.
TEST(PackedDecoder, OtherMechanismsSeeTheSameQueries) {
  ModelOptions options = expand(test::tiny_options());
  int changed = 0;
  for (SublayerOptions& sublayer : options.decoder->blocks->sublayers) {
    if (sublayer.self_attention) sublayer.self_attention->position = "alibi";
    if (!sublayer.cross_attention) continue;
    sublayer.cross_attention->align = "local_p";
    sublayer.cross_attention->window = 2;
    ++changed;
  }
  ASSERT_EQ(changed, 1);
  Seq2Seq model = test::tiny_model(kPackedVocabulary, 1, options);
  const Sequences source = sources_of(random_rows({7, 2, 5}, kPackedVocabulary));
  const Sequences target = sources_of(random_rows({2, 6, 3}, kPackedVocabulary));
  const Pass padded = decoder_pass(model, source, target, true);
  const Pass packed = decoder_pass(model, source, target, false);
  expect_near(packed.states, padded.states, 1e-5);
}

}  // namespace
}  // namespace regard
