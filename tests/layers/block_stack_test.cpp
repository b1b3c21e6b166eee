#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/transformerlayer.h>

#include "regard/layers/sublayer.h"
#include "regard/tensor/torch.h"

#include "layers/block_support.h"
#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::decoder_blocks;
using test::encoder_blocks;
using test::expect_identical;
using test::expect_near;
using test::kDim;
using test::kHeads;
using test::kHidden;
using test::normal;
using test::random_stack;
using torch::Tensor;

constexpr std::int64_t kBatch = 3;
const ForwardContext kEvaluation{};

/// What a stack reads: x of 4 positions and a source of 5, both padded.
struct Example {
  Tensor x = normal({kBatch, 4, kDim}, 31);
  Tensor source = normal({kBatch, 5, kDim}, 32);
  SequenceMask mask = make_sequence_mask(torch::tensor({4, 2, 3}, torch::kInt64), 4);
  SequenceMask source_mask = make_sequence_mask(torch::tensor({1, 5, 3}, torch::kInt64), 5);

  BlockInput input() const { return {kEvaluation, mask, &source, &source_mask}; }
  /// torch's masks mark what is hidden.
  Tensor hidden() const { return mask.allowed.logical_not().view({kBatch, 4}); }
  Tensor source_hidden() const { return source_mask.allowed.logical_not().view({kBatch, 5}); }
};

/// What torch adds to the scores so that no position sees a later one.
Tensor future() {
  return at::full({4, 4}, -std::numeric_limits<double>::infinity(), torch::kDouble).triu(1);
}

/// Copies parameters of one block into torch's layer: {theirs, ours}.
void copy_parameters(torch::nn::Module& theirs, const torch::nn::Module& ours,
                     const std::vector<std::pair<std::string, std::string>>& names) {
  torch::NoGradGuard no_grad;
  theirs.to(torch::kDouble);
  theirs.eval();
  const auto to = theirs.named_parameters();
  const auto from = ours.named_parameters();
  ASSERT_EQ(to.size(), 2 * names.size()) << "weight and bias of each";
  for (const auto& [their_name, our_name] : names) {
    for (const char* kind : {"weight", "bias"}) {
      const bool is_fused = their_name.ends_with("in_proj");  // in_proj_weight
      to[their_name + (is_fused ? "_" : ".") + kind].copy_(from[our_name + "." + kind]);
    }
  }
}

const std::vector<std::pair<std::string, std::string>> kEncoderNames = {
    {"self_attn.in_proj", "0.self_attention.attention.in_projection"},
    {"self_attn.out_proj", "0.self_attention.attention.out_projection"},
    {"norm1", "0.self_attention.norm"},
    {"linear1", "0.ffn.network.inner"},
    {"linear2", "0.ffn.network.outer"},
    {"norm2", "0.ffn.norm"}};

const std::vector<std::pair<std::string, std::string>> kDecoderNames = {
    {"self_attn.in_proj", "0.self_attention.attention.in_projection"},
    {"self_attn.out_proj", "0.self_attention.attention.out_projection"},
    {"norm1", "0.self_attention.norm"},
    {"multihead_attn.in_proj", "0.cross_attention.attention.in_projection"},
    {"multihead_attn.out_proj", "0.cross_attention.attention.out_projection"},
    {"norm2", "0.cross_attention.norm"},
    {"linear1", "0.ffn.network.inner"},
    {"linear2", "0.ffn.network.outer"},
    {"norm3", "0.ffn.norm"}};

torch::nn::TransformerEncoderLayer encoder_oracle(const BlockStack& stack) {
  torch::nn::TransformerEncoderLayer layer(
      torch::nn::TransformerEncoderLayerOptions(kDim, kHeads).dim_feedforward(kHidden));
  copy_parameters(*layer, *stack, kEncoderNames);
  return layer;
}

torch::nn::TransformerDecoderLayer decoder_oracle(const BlockStack& stack) {
  torch::nn::TransformerDecoderLayer layer(
      torch::nn::TransformerDecoderLayerOptions(kDim, kHeads).dim_feedforward(kHidden));
  copy_parameters(*layer, *stack, kDecoderNames);
  return layer;
}

Tensor final_norm_of(const BlockStack& stack, const Tensor& x) {
  const auto parameters = stack->named_parameters();
  return at::layer_norm(x, {kDim}, parameters["final_norm.weight"], parameters["final_norm.bias"]);
}

/// torch's attention over [batch, positions, dim].
Tensor attend(torch::nn::MultiheadAttention& attention, const Tensor& query, const Tensor& memory,
              const Tensor& hidden_keys, const Tensor& hidden_pairs) {
  const Tensor source = memory.transpose(0, 1);
  const auto result = attention->forward(query.transpose(0, 1), source, source, hidden_keys,
                                         /*need_weights=*/false, hidden_pairs);
  return std::get<0>(result).transpose(0, 1);
}

TEST(BlockStack, APostNormEncoderBlockEqualsTorch) {
  const Example example;
  BlockStack stack = random_stack(encoder_blocks(1, NormPlacement::post), 0, "encoder");
  auto layer = encoder_oracle(stack);
  const Tensor expected = layer->forward(example.x.transpose(0, 1), {}, example.hidden());
  expect_near(stack->forward(example.x, example.input()), expected.transpose(0, 1), 1e-10);
}

TEST(BlockStack, APostNormDecoderBlockEqualsTorch) {
  const Example example;
  BlockStack stack = random_stack(decoder_blocks(1, NormPlacement::post), kDim, "decoder");
  auto layer = decoder_oracle(stack);
  const Tensor expected = layer->forward(example.x.transpose(0, 1), example.source.transpose(0, 1),
                                         future(), {}, example.hidden(), example.source_hidden());
  expect_near(stack->forward(example.x, example.input()), expected.transpose(0, 1), 1e-10);
}

// torch's C++ layers know post-norm only: the parts of the layer are put together as pre-norm.
TEST(BlockStack, APreNormEncoderBlockEqualsTorchsPartsInThatOrder) {
  const Example example;
  BlockStack stack = random_stack(encoder_blocks(1, NormPlacement::pre), 0, "encoder");
  auto layer = encoder_oracle(stack);
  const Tensor normed = layer->norm1->forward(example.x);
  Tensor x = example.x + attend(layer->self_attn, normed, normed, example.hidden(), {});
  x = x + layer->linear2->forward(layer->linear1->forward(layer->norm2->forward(x)).relu());
  expect_near(stack->forward(example.x, example.input()), final_norm_of(stack, x), 1e-10);
}

TEST(BlockStack, APreNormDecoderBlockEqualsTorchsPartsInThatOrder) {
  const Example example;
  BlockStack stack = random_stack(decoder_blocks(1, NormPlacement::pre), kDim, "decoder");
  auto layer = decoder_oracle(stack);
  const Tensor normed = layer->norm1->forward(example.x);
  Tensor x = example.x + attend(layer->self_attn, normed, normed, example.hidden(), future());
  x = x + attend(layer->multihead_attn, layer->norm2->forward(x), example.source,
                 example.source_hidden(), {});
  x = x + layer->linear2->forward(layer->linear1->forward(layer->norm3->forward(x)).relu());
  expect_near(stack->forward(example.x, example.input()), final_norm_of(stack, x), 1e-10);
}

TEST(BlockStack, StackedBlocksAreAppliedInTurn) {
  const Example example;
  BlockStack two = random_stack(encoder_blocks(2, NormPlacement::post), 0, "encoder");
  Tensor x = example.x;
  for (const char* block : {"0", "1"}) {
    BlockStack one = random_stack(encoder_blocks(1, NormPlacement::post), 0, "encoder");
    torch::NoGradGuard no_grad;
    const auto from = two->named_parameters();
    for (auto& item : one->named_parameters())
      item.value().copy_(from[block + item.key().substr(1)]);
    x = one->forward(x, example.input());
  }
  expect_near(two->forward(example.x, example.input()), x, 1e-12);
}

TEST(BlockStack, StepByStepEqualsTheFullPass) {
  torch::NoGradGuard no_grad;
  for (const NormPlacement norm : config::enum_table<NormPlacement>().values) {
    Example example;
    example.mask = make_sequence_mask(torch::tensor({4, 4, 4}, torch::kInt64), 4);
    BlockStack stack = random_stack(decoder_blocks(2, norm), kDim, "decoder");
    const Tensor full = stack->forward(example.x, example.input());
    std::vector<SublayerState> states = stack->start(example.source, example.source_mask);
    ASSERT_EQ(states.size(), 6U);
    for (std::int64_t step = 0; step < 4; ++step) {
      const SequenceMask mask;
      BlockInput input{kEvaluation, mask};
      input.states = &states;
      expect_near(stack->forward(example.x.narrow(1, step, 1), input), full.narrow(1, step, 1),
                  1e-10);
    }
  }
}

TEST(BlockStack, RefusesStatesOfAnotherStack) {
  const Example example;
  BlockStack stack = random_stack(decoder_blocks(2, NormPlacement::pre), kDim, "decoder");
  std::vector<SublayerState> states(3);
  BlockInput input = example.input();
  input.states = &states;
  EXPECT_THROW(stack->forward(example.x, input), c10::Error);
}

TEST(BlockStack, RecordsEveryAttentionInOrderWithoutChangingTheResult) {
  const Example example;
  BlockStack stack = random_stack(decoder_blocks(2, NormPlacement::pre), kDim, "decoder");
  std::vector<AttentionRecord> records;
  BlockInput input = example.input();
  input.records = &records;
  expect_near(stack->forward(example.x, input), stack->forward(example.x, example.input()), 1e-12);
  std::vector<std::string> names;
  for (const AttentionRecord& record : records) {
    names.push_back(record.name);
    const bool is_self = record.name.ends_with("self_attention");
    EXPECT_EQ(record.weights.sizes(), at::IntArrayRef({kBatch, kHeads, 4, is_self ? 4 : 5}));
  }
  EXPECT_THAT(names, testing::ElementsAre("decoder.0.self_attention", "decoder.0.cross_attention",
                                          "decoder.1.self_attention", "decoder.1.cross_attention"));
}

TEST(BlockStack, WithoutPositionsAnEncoderIgnoresTheOrder) {
  const Tensor x = normal({2, 5, kDim}, 33);
  const Tensor order = torch::tensor({3, 0, 4, 2, 1}, torch::kInt64);
  BlockStack stack = random_stack(encoder_blocks(2, NormPlacement::pre), 0, "encoder");
  const SequenceMask mask;
  const BlockInput input{kEvaluation, mask};
  expect_near(stack->forward(x.index_select(1, order), input),
              stack->forward(x, input).index_select(1, order), 1e-10);
}

TEST(BlockStack, PaddingOfXAndOfTheSourceChangesNothing) {
  const Example example;
  BlockStack stack = random_stack(decoder_blocks(2, NormPlacement::pre), kDim, "decoder");
  const Tensor expected = stack->forward(example.x, example.input());
  Example changed;
  changed.x = example.x.clone();
  changed.x[1].narrow(0, 2, 2).add_(50.0);  // its length is 2
  changed.source = example.source.clone();
  changed.source[0].narrow(0, 1, 4).add_(50.0);  // its length is 1
  const Tensor actual = stack->forward(changed.x, changed.input());
  expect_identical(actual[0], expected[0]);
  expect_identical(actual[1].narrow(0, 0, 2), expected[1].narrow(0, 0, 2));
  expect_identical(actual[2], expected[2]);
}

TEST(BlockStack, GradientsEqualCentralDifferences) {
  const Example example;
  const Tensor weight = normal({kBatch, 4, kDim}, 34);
  for (const NormPlacement norm : {NormPlacement::pre, NormPlacement::post}) {
    BlockStack stack = random_stack(decoder_blocks(1, norm), kDim, "decoder");
    test::expect_gradients(
        [&] { return (stack->forward(example.x, example.input()) * weight).sum(); },
        test::with_parameters({{"x", example.x}, {"source", example.source}}, *stack), 1e-6);
  }
}

bool has_final_norm(const BlocksOptions& options) {
  return random_stack(options, 0, "encoder")->named_parameters().contains("final_norm.weight");
}

TEST(BlockStack, AFinalNormBelongsToPreNormAlone) {
  EXPECT_TRUE(has_final_norm(encoder_blocks(2, NormPlacement::pre)));
  EXPECT_FALSE(has_final_norm(encoder_blocks(2, NormPlacement::post)));
  EXPECT_FALSE(has_final_norm(encoder_blocks(2, NormPlacement::none)));
  // What the last sublayer does decides: it leaves a sum that nothing has normalized, or not.
  BlocksOptions mixed = encoder_blocks(2, NormPlacement::pre);
  mixed.sublayers.back().norm = SublayerNorm::post;
  EXPECT_FALSE(has_final_norm(mixed));
  mixed = encoder_blocks(2, NormPlacement::post);
  mixed.sublayers.back().norm = SublayerNorm::pre;
  EXPECT_TRUE(has_final_norm(mixed));
}

std::vector<std::string> names_of(const BlockStack& stack) {
  std::vector<std::string> names;
  for (const auto& item : stack->named_parameters())
    names.push_back(item.key());
  return names;
}

TEST(BlockStack, ParametersAreNamedByBlockAndSublayer) {
  const BlockStack stack = random_stack(decoder_blocks(2, NormPlacement::pre), kDim, "decoder");
  std::vector<std::string> expected;
  for (const char* block : {"0.", "1."}) {
    for (const char* name :
         {"self_attention.attention.in_projection", "self_attention.attention.out_projection",
          "self_attention.norm", "cross_attention.attention.in_projection",
          "cross_attention.attention.out_projection", "cross_attention.norm", "ffn.network.inner",
          "ffn.network.outer", "ffn.norm"}) {
      expected.push_back(std::string(block) + name + ".weight");
      expected.push_back(std::string(block) + name + ".bias");
    }
  }
  expected.push_back("final_norm.weight");
  expected.push_back("final_norm.bias");
  EXPECT_THAT(names_of(stack), testing::UnorderedElementsAreArray(expected));
}

TEST(BlockStack, ASecondSublayerOfAKindIsNumbered) {
  BlocksOptions options = encoder_blocks(1, NormPlacement::none);
  options.sublayers.push_back(test::feed_forward_options());
  EXPECT_THAT(
      names_of(random_stack(options, 0, "encoder")),
      testing::IsSupersetOf({"0.ffn.network.inner.weight", "0.ffn_2.network.inner.weight"}));
}

}  // namespace
}  // namespace regard
