#include "regard/attention/attention.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>

#include "regard/core/strings.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

#include "attention/attention_grid.h"
#include "core/file_support.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::explicit_path;
using test::fused;
using test::kBatch;
using test::kDim;
using test::kMemoryDim;
using test::kPositions;
using test::normal;
using test::random_attention;
using testing::ElementsAre;
using torch::Tensor;

AttentionOptions attention_options_of(std::int64_t heads,
                                      AttentionMask mask = AttentionMask::none) {
  AttentionOptions options;
  options.heads = heads;
  options.mask = mask;
  return options;
}

NamedTensors tensors_of(const torch::nn::Module& module) {
  NamedTensors tensors;
  for (const auto& item : module.named_parameters())
    tensors.emplace_back(item.key(), item.value());
  return tensors;
}

std::vector<std::string> names_of(const torch::nn::Module& module) {
  std::vector<std::string> names;
  for (const auto& item : module.named_parameters())
    names.push_back(item.key());
  return names;
}

/// torch's module with the parameters of ours, for queries and sources of one width.
torch::nn::MultiheadAttention oracle_of(const Attention& ours) {
  torch::nn::MultiheadAttention oracle(
      torch::nn::MultiheadAttentionOptions(kDim, ours->options().heads));
  oracle->to(torch::kDouble);
  torch::NoGradGuard no_grad;
  const auto parameters = ours->named_parameters();
  oracle->in_proj_weight.copy_(parameters["in_projection.weight"]);
  oracle->in_proj_bias.copy_(parameters["in_projection.bias"]);
  oracle->out_proj->weight.copy_(parameters["out_projection.weight"]);
  oracle->out_proj->bias.copy_(parameters["out_projection.bias"]);
  return oracle;
}

/// The same for a source of another width, where torch has three separate matrices.
torch::nn::MultiheadAttention wide_oracle_of(const Attention& ours) {
  torch::nn::MultiheadAttention oracle(
      torch::nn::MultiheadAttentionOptions(kDim, ours->options().heads)
          .kdim(kMemoryDim)
          .vdim(kMemoryDim));
  oracle->to(torch::kDouble);
  torch::NoGradGuard no_grad;
  const auto parameters = ours->named_parameters();
  const auto memory = parameters["memory_projection.weight"].chunk(2, 0);
  oracle->q_proj_weight.copy_(parameters["query_projection.weight"]);
  oracle->k_proj_weight.copy_(memory[0]);
  oracle->v_proj_weight.copy_(memory[1]);
  oracle->in_proj_bias.copy_(
      at::cat({parameters["query_projection.bias"], parameters["memory_projection.bias"]}));
  oracle->out_proj->weight.copy_(parameters["out_projection.weight"]);
  oracle->out_proj->bias.copy_(parameters["out_projection.bias"]);
  return oracle;
}

/// What torch adds to the scores so that no query sees a later key.
Tensor future_pairs(std::int64_t positions) {
  const double infinity = std::numeric_limits<double>::infinity();
  return at::full({positions, positions}, -infinity, torch::kDouble).triu(1);
}

/// torch works on [positions, batch, dim]; its key mask marks what is hidden, its pair mask is
/// added.
void expect_equals_oracle(const AttentionResult& actual, torch::nn::MultiheadAttention& oracle,
                          const Tensor& query, const Tensor& source, const SequenceMask& mask,
                          const Tensor& hidden_pairs) {
  const Tensor hidden_keys =
      mask.allowed.defined() ? mask.allowed.logical_not().view({kBatch, kPositions}) : Tensor();
  const Tensor memory = source.transpose(0, 1);
  const auto [context, weights] =
      oracle->forward(query.transpose(0, 1), memory, memory, hidden_keys, true, hidden_pairs,
                      /*average_attn_weights=*/false);
  expect_near(actual.context, context.transpose(0, 1), 1e-12);
  if (actual.weights.defined()) expect_near(actual.weights, weights, 1e-12);
}

TEST(Attention, SelfAttentionEqualsTorch) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const Tensor hidden = future_pairs(kPositions);
  for (const std::int64_t heads : {1, 2, 4, 8}) {
    for (const AttentionMask structure : {AttentionMask::none, AttentionMask::causal}) {
      const Attention ours = random_attention(attention_options_of(heads, structure));
      auto oracle = oracle_of(ours);
      for (const std::vector<std::int64_t>& lengths :
           {std::vector<std::int64_t>{5, 5, 5}, {5, 1, 3}}) {
        const SequenceMask mask = test::GridCase::mask_of(lengths);
        for (const AttentionCall& call : {fused(), explicit_path()}) {
          expect_equals_oracle(ours->attend_self(x, mask, call), oracle, x, x, mask,
                               structure == AttentionMask::causal ? hidden : Tensor());
        }
      }
    }
  }
}

TEST(Attention, CrossAttentionEqualsTorch) {
  const Tensor query = normal({kBatch, 4, kDim}, 21);
  for (const std::int64_t memory_dim : {kDim, kMemoryDim}) {
    const Tensor source = normal({kBatch, kPositions, memory_dim}, 22);
    const Attention ours = random_attention(attention_options_of(4), memory_dim);
    auto oracle = memory_dim == kDim ? oracle_of(ours) : wide_oracle_of(ours);
    for (const std::vector<std::int64_t>& lengths :
         {std::vector<std::int64_t>{5, 5, 5}, {5, 1, 3}}) {
      const SequenceMask mask = test::GridCase::mask_of(lengths);
      for (const AttentionCall& call : {fused(), explicit_path()}) {
        expect_equals_oracle(ours->attend(query, ours->project(source, mask), call), oracle, query,
                             source, mask, Tensor());
      }
    }
  }
}

/// The mean of the heads equals heads side by side under an output matrix of h stacked W / h.
TEST(Attention, MeanOfHeadsEqualsConcatWithAStackedMatrix) {
  AttentionOptions options = attention_options_of(4);
  options.merge = HeadMerge::mean;
  const Attention mean = random_attention(options);
  const Attention concat = random_attention(attention_options_of(4));
  {
    torch::NoGradGuard no_grad;
    const auto from = mean->named_parameters();
    for (auto& item : concat->named_parameters()) {
      const Tensor& value = from[item.key()];
      const bool is_output = item.key() == "out_projection.weight";
      item.value().copy_(is_output ? value.repeat({1, 4}) / 4.0 : value);
    }
  }
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  expect_near(mean->attend_self(x, {}, fused()).context,
              concat->attend_self(x, {}, fused()).context, 1e-12);
}

AttentionOptions without_projections(const std::string& score) {
  AttentionOptions options = attention_options_of(1);
  options.score = score;
  options.project = AttentionProjection::none;
  return options;
}

TEST(Attention, WithoutProjectionsIsTheSoftmaxOfTheProductsTimesX) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const Tensor products = at::matmul(x, x.transpose(1, 2));
  for (const std::string score : {"dot", "scaled_dot"}) {
    const Attention attention = random_attention(without_projections(score));
    EXPECT_TRUE(attention->parameters().empty());
    const Tensor scores = score == "dot" ? products : products / std::sqrt(kDim);
    const Tensor expected = at::matmul(at::softmax(scores, -1), x);
    for (const AttentionCall& call : {fused(), explicit_path()})
      expect_near(attention->attend_self(x, {}, call).context, expected, 1e-12);
  }
}

/// The context of an rnn decoder is as wide as its source.
TEST(Attention, WithoutProjectionsTheSourceMayHaveAnotherWidth) {
  const Tensor query = normal({kBatch, 4, kDim}, 21);
  const Tensor source = normal({kBatch, kPositions, kMemoryDim}, 22);
  const Attention general = random_attention(without_projections("general"), kMemoryDim);
  const Tensor matrix = general->named_parameters()["score.weight"][0].detach();
  ASSERT_EQ(matrix.sizes(), at::IntArrayRef({kDim, kMemoryDim}));
  const Tensor scores = at::matmul(at::matmul(query, matrix), source.transpose(1, 2));
  const AttentionResult result =
      general->attend(query, general->project(source, {}), explicit_path());
  expect_near(result.weights.squeeze(1).detach(), at::softmax(scores, -1), 1e-12);
  expect_near(result.context.detach(), at::matmul(at::softmax(scores, -1), source), 1e-12);

  const Attention additive = random_attention(without_projections("additive"), kMemoryDim);
  const auto parameter = [&](const std::string& name) {
    return additive->named_parameters()["score." + name][0].detach();
  };
  const Tensor sum = at::matmul(query, parameter("query_weight")).unsqueeze(2) +
                     at::matmul(source, parameter("key_weight")).unsqueeze(1) +
                     parameter("bias");  // [batch, queries, keys, hidden]
  const Tensor weights = at::softmax(at::matmul(sum.tanh(), parameter("vector")[0]), -1);
  expect_near(additive->attend(query, additive->project(source, {}), fused()).context.detach(),
              at::matmul(weights, source), 1e-12);
  EXPECT_EQ(additive->context_dim(), kMemoryDim);
}

TEST(Attention, ClipBoundsTheScores) {
  AttentionOptions options = attention_options_of(1);
  options.score = "dot";
  options.project = AttentionProjection::none;
  options.clip = 2.0;
  const Attention attention = random_attention(options);
  const Tensor x = 10.0 * normal({kBatch, kPositions, kDim}, 21);
  const Tensor scores = at::matmul(x, x.transpose(1, 2));
  const Tensor expected = at::softmax(2.0 * at::tanh(scores / 2.0), -1);
  expect_near(attention->attend_self(x, {}, explicit_path()).weights.squeeze(1), expected, 1e-12);
}

/// bw(x) = flip(fw(flip x)) with the same weights.
TEST(Attention, BackwardIsForwardOnTheReversedSequence) {
  const Attention forward = random_attention(attention_options_of(2, AttentionMask::forward));
  const Attention backward = random_attention(attention_options_of(2, AttentionMask::backward));
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  expect_near(backward->attend_self(x, {}, fused()).context,
              forward->attend_self(x.flip(1), {}, fused()).context.flip(1), 1e-12);
  const Tensor order = torch::tensor({3, 0, 4, 2, 1}, torch::kInt64);
  const Attention diagonal = random_attention(attention_options_of(2, AttentionMask::diagonal));
  expect_near(diagonal->attend_self(x.index_select(1, order), {}, fused()).context,
              diagonal->attend_self(x, {}, fused()).context.index_select(1, order), 1e-12);
}

// With projections that change nothing and x = (sqrt(ln 3), 0), (0, sqrt(ln 7)), the products are
// ln 3, 0 and 0, ln 7: the weights are 3/4, 1/4 and 1/8, 7/8.
TEST(Attention, TwoTokensByHand) {
  AttentionOptions options = attention_options_of(1);
  options.score = "dot";
  options.bias = false;
  Attention attention(options, AttentionSizes{2, 2, 0.0});
  {
    torch::NoGradGuard no_grad;
    const auto parameters = attention->named_parameters();
    parameters["in_projection.weight"].copy_(at::eye(2).repeat({3, 1}));
    parameters["out_projection.weight"].copy_(at::eye(2));
  }
  const double a = std::sqrt(std::log(3.0));
  const double b = std::sqrt(std::log(7.0));
  const Tensor x = torch::tensor({{{a, 0.0}, {0.0, b}}}, torch::kFloat);
  const Tensor context =
      torch::tensor({{{0.75 * a, 0.25 * b}, {0.125 * a, 0.875 * b}}}, torch::kFloat);
  const AttentionResult result = attention->attend_self(x, {}, explicit_path());
  expect_near(result.weights, torch::tensor({{{{0.75F, 0.25F}, {0.125F, 0.875F}}}}), 1e-6);
  expect_near(result.context, context, 1e-6);
  expect_near(attention->attend_self(x, {}, fused()).context, context, 1e-6);
}

TEST(Attention, CrossWithTheQueriesAsSourceEqualsSelf) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
  const Attention attention = random_attention(attention_options_of(4));
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    expect_near(attention->attend(x, attention->project(x, mask), call).context,
                attention->attend_self(x, mask, call).context, 1e-12);
  }
}

TEST(Attention, MemoryOfQueriesFurtherBackMasksByPosition) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const Attention attention = random_attention(attention_options_of(2, AttentionMask::causal));
  const AttentionMemory memory = attention->project(x, {});
  for (const bool needs_weights : {false, true}) {
    const Tensor full = attention->attend_self(x, {}, fused()).context;
    const AttentionCall call{test::kEvaluation, needs_weights, 2};
    expect_near(attention->attend(x.narrow(1, 2, 3), memory, call).context, full.narrow(1, 2, 3),
                1e-12);
  }
}

TEST(Attention, TheCacheGrowsPastItsFirstCapacity) {
  torch::NoGradGuard no_grad;
  constexpr std::int64_t kLong = 150;
  const Tensor x = normal({2, kLong, kDim}, 23);
  const Attention attention = random_attention(attention_options_of(2, AttentionMask::causal));
  const Tensor full = attention->attend_self(x, {}, fused()).context;
  KeyValueCache cache;
  for (std::int64_t step = 0; step < kLong; ++step) {
    const Tensor context =
        attention->attend_self(x.narrow(1, step, 1), {}, fused(), &cache).context;
    expect_near(context, full.narrow(1, step, 1), 1e-12);
    if (step % 31 == 0) cache.reorder(torch::tensor({0, 1}, torch::kInt64));
  }
  EXPECT_GE(cache.keys.size(2), kLong);
}

TEST(Attention, AnEmptyCacheMayBeReordered) {
  KeyValueCache cache;
  cache.reorder(torch::tensor({1, 0}, torch::kInt64));
  EXPECT_EQ(cache.length, 0);
  EXPECT_FALSE(cache.keys.defined());
}

TEST(Attention, DropoutOnTheWeightsComesFromTheStreamAlone) {
  Attention attention(attention_options_of(2), AttentionSizes{kDim, kDim, 0.4});
  test::randomise_parameters(*attention, 1);
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const auto context_of = [&](std::uint64_t seed, bool needs_weights) {
    RandomStream stream(seed);
    const ForwardContext training{&stream};
    return attention->attend_self(x, {}, AttentionCall{training, needs_weights, 0}).context;
  };
  expect_identical(context_of(1, true), context_of(1, false));
  EXPECT_FALSE(at::equal(context_of(1, true), context_of(2, true)));
  const AttentionResult evaluated = attention->attend_self(x, {}, explicit_path());
  EXPECT_FALSE(at::equal(context_of(1, true), evaluated.context));
  RandomStream stream(1);
  const ForwardContext training{&stream};
  const AttentionResult trained = attention->attend_self(x, {}, AttentionCall{training, true, 0});
  expect_identical(trained.weights, evaluated.weights);  // as they were before dropout
}

TEST(Attention, TheKernelOfTrainingEqualsTheExplicitPathAndDropsTheSameWeights) {
  for (const AttentionMask kind : {AttentionMask::none, AttentionMask::causal}) {
    for (const double dropped : {0.0, 0.4}) {
      SCOPED_TRACE(str(config::word_of(kind), ", dropout ", dropped));
      Attention attention(attention_options_of(2, kind), AttentionSizes{kDim, kDim, dropped});
      test::randomise_parameters(*attention, 1);
      attention->to(torch::kFloat);
      const Tensor x = normal({kBatch, kPositions, kDim}, 21).to(torch::kFloat);
      const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
      const auto trained = [&](bool needs_weights) {
        const Tensor input = x.clone().requires_grad_();
        RandomStream stream(1);
        const ForwardContext training{&stream};
        const Tensor context =
            attention->attend_self(input, mask, AttentionCall{training, needs_weights, 0}).context;
        const Tensor gradient = torch::autograd::grad({context.pow(2).sum()}, {input})[0];
        return std::pair{context, gradient};
      };
      const auto [by_kernel, kernel_gradient] = trained(false);
      const auto [explicitly, explicit_gradient] = trained(true);
      ASSERT_GT(explicitly.abs().max().item<float>(), 0.01F);
      ASSERT_FALSE(at::equal(by_kernel, explicitly)) << "the same path twice compares nothing";
      expect_near(by_kernel, explicitly, 1e-5);
      expect_near(kernel_gradient, explicit_gradient, 1e-4);
    }
  }
}

TEST(Attention, HeadsAttendForThemselves) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const Attention attention = random_attention(attention_options_of(4));
  const Tensor weights = attention->attend_self(x, {}, explicit_path()).weights;
  for (std::int64_t head = 1; head < 4; ++head) {
    EXPECT_GT((weights.select(1, head) - weights.select(1, 0)).abs().max().item<double>(), 0.01);
  }
}

TEST(Attention, SavedAndLoadedItGivesTheSameBits) {
  const test::TemporaryFolder folder;
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
  const Attention saved = random_attention(attention_options_of(4), kDim, 1);
  const Attention loaded = random_attention(attention_options_of(4), kDim, 500);
  const Tensor expected = saved->attend_self(x, mask, fused()).context;
  ASSERT_FALSE(at::equal(loaded->attend_self(x, mask, fused()).context, expected));
  save_tensors(folder / "a.safetensors", tensors_of(*saved), {});
  load_tensors(SafetensorsFile::open(folder / "a.safetensors"), folder / "a.safetensors",
               tensors_of(*loaded));
  expect_identical(loaded->attend_self(x, mask, fused()).context, expected);
  const Tensor explicit_context = loaded->attend_self(x, mask, explicit_path()).context;
  expect_identical(explicit_context, saved->attend_self(x, mask, explicit_path()).context);
}

TEST(Attention, ParametersAreNamedByTheirUse) {
  EXPECT_THAT(names_of(*random_attention(attention_options_of(2))),
              ElementsAre("in_projection.weight", "in_projection.bias", "out_projection.weight",
                          "out_projection.bias"));
  AttentionOptions options = attention_options_of(2);
  options.bias = false;
  EXPECT_THAT(
      names_of(*random_attention(options, kMemoryDim)),
      ElementsAre("query_projection.weight", "memory_projection.weight", "out_projection.weight"));
}

TEST(Attention, ResolvesWhatTheOptionsLeaveOpen) {
  const Attention attention = random_attention(AttentionOptions());
  EXPECT_EQ(attention->options().heads, 8);
  EXPECT_EQ(attention->options().project, AttentionProjection::qkv);
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  EXPECT_EQ(attention->attend_self(x, {}, explicit_path()).weights.size(1), 8);
}

TEST(Attention, RefusesShapesThatCannotMeet) {
  EXPECT_THROW(Attention(attention_options_of(3), AttentionSizes{kDim, kDim, 0.0}), c10::Error);
  AttentionOptions plain = attention_options_of(2);
  plain.project = AttentionProjection::none;
  EXPECT_THROW(Attention(plain, AttentionSizes{kDim, kDim, 0.0}), c10::Error);
  const Attention cross = random_attention(attention_options_of(2), kMemoryDim);
  const Tensor source = normal({kBatch, kPositions, kMemoryDim}, 22);
  const AttentionMemory memory = cross->project(source, {});
  EXPECT_THROW(cross->project(normal({kBatch, kPositions, kDim}, 22), {}), c10::Error);
  EXPECT_THROW(cross->attend_self(normal({kBatch, 2, kDim}, 21), {}, fused()), c10::Error);
  EXPECT_THROW(cross->attend(normal({4, 1, kDim}, 21), memory, fused()), c10::Error);
  EXPECT_THROW(cross->attend(normal({6, 2, kDim}, 21), memory, fused()), c10::Error);
  EXPECT_NO_THROW(cross->attend(normal({6, 1, kDim}, 21), memory, fused()));
}

}  // namespace
}  // namespace regard
