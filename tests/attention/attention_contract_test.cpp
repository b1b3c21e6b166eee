// What holds for every combination of score, align, mask and heads.
#include <vector>

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "attention/attention_grid.h"
#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_finite;
using test::expect_identical;
using test::expect_near;
using test::explicit_path;
using test::fused;
using test::GridCase;
using test::kBatch;
using test::kDim;
using test::kPositions;
using test::normal;
using test::random_attention;
using torch::Tensor;

constexpr double kTolerance = 1e-10;  // float64

class AttentionContract : public testing::TestWithParam<GridCase> {
 protected:
  Tensor x_ = normal({kBatch, kPositions, kDim}, 11);
  Tensor source_ = normal({kBatch, kPositions, GetParam().memory_dim()}, 12);
  SequenceMask mask_ = GetParam().mask();
  Attention self_ = random_attention(GetParam().options);
  Attention cross_ = random_attention(GetParam().options, GetParam().memory_dim());

  AttentionResult attend_cross(const AttentionCall& call) const {
    return cross_->attend(x_, cross_->project(source_, mask_), call);
  }
  static std::size_t index(std::int64_t row) { return static_cast<std::size_t>(row); }
};

TEST_P(AttentionContract, WeightsAreADistributionOverTheAllowedKeys) {
  const GridCase& grid_case = GetParam();
  for (const Tensor& weights : {self_->attend_self(x_, mask_, explicit_path()).weights,
                                attend_cross(explicit_path()).weights}) {
    ASSERT_EQ(weights.sizes(),
              at::IntArrayRef({kBatch, grid_case.options.heads, kPositions, kPositions}));
    EXPECT_TRUE((weights >= 0).all().item<bool>());
    const Tensor sums = weights.sum(-1);  // [batch, heads, queries]
    for (std::int64_t b = 0; b < kBatch; ++b) {
      for (std::int64_t i = 0; i < kPositions; ++i) {
        const Tensor sum = sums.index({b, at::indexing::Slice(), i});
        if (grid_case.is_predictive()) {
          ASSERT_TRUE((sum <= 1.0 + kTolerance).all().item<bool>());
        } else {
          expect_near(sum, at::full_like(sum, grid_case.allows_any(b, i) ? 1.0 : 0.0), kTolerance);
        }
        for (std::int64_t j = 0; j < kPositions; ++j) {
          const Tensor weight = weights.index({b, at::indexing::Slice(), i, j});
          const bool is_allowed = grid_case.allows(b, i, j);
          if (!is_allowed) {
            ASSERT_TRUE((weight == 0).all().item<bool>());
          } else if (grid_case.is_exact()) {
            ASSERT_FALSE((weight == 0).any().item<bool>());
          }
        }
      }
    }
  }
}

TEST_P(AttentionContract, ASentenceAloneEqualsItselfInABatch) {
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    const Tensor in_batch = self_->attend_self(x_, mask_, call).context;
    const Tensor cross_in_batch = attend_cross(call).context;
    for (std::int64_t b = 0; b < kBatch; ++b) {
      const std::int64_t length = GetParam().lengths()[index(b)];
      const SequenceMask alone = make_sequence_mask(torch::tensor({length}), length);
      const Tensor x = x_.narrow(0, b, 1);
      expect_near(self_->attend_self(x.narrow(1, 0, length), alone, call).context,
                  in_batch.narrow(0, b, 1).narrow(1, 0, length), kTolerance);
      const Tensor source = source_.narrow(0, b, 1).narrow(1, 0, length);
      expect_near(cross_->attend(x, cross_->project(source, alone), call).context,
                  cross_in_batch.narrow(0, b, 1), kTolerance);
    }
  }
}

TEST_P(AttentionContract, AMaskedKeyChangesNothingAtAll) {
  const GridCase& grid_case = GetParam();
  if (!grid_case.is_padded && !grid_case.has_structure() && !grid_case.is_local())
    GTEST_SKIP() << "nothing is masked";
  int compared = 0;
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    const Tensor self = self_->attend_self(x_, mask_, call).context;
    const Tensor cross = attend_cross(call).context;
    for (std::int64_t key = 1; key < kPositions; ++key) {
      Tensor changed_x = x_.clone();
      changed_x.select(1, key).mul_(-3.0).add_(100.0);
      Tensor changed_source = source_.clone();
      changed_source.select(1, key).mul_(-3.0).add_(100.0);
      const Tensor new_self = self_->attend_self(changed_x, mask_, call).context;
      const Tensor new_cross =
          cross_->attend(x_, cross_->project(changed_source, mask_), call).context;
      for (std::int64_t b = 0; b < kBatch; ++b) {
        for (std::int64_t query = 0; query < kPositions; ++query) {
          if (grid_case.allows(b, query, key)) {
            if (grid_case.is_exact()) {
              EXPECT_FALSE(at::equal(new_cross[b][query], cross[b][query]));
            }
            continue;
          }
          expect_identical(new_cross[b][query], cross[b][query]);
          if (query != key) expect_identical(new_self[b][query], self[b][query]);
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, grid_case.is_predictive() && !grid_case.has_structure() ? -1 : 10);
}

TEST_P(AttentionContract, ARowWithoutKeysGivesTheBiasAndNoGradient) {
  if (GetParam().is_hard()) GTEST_SKIP() << "a chosen key has no gradient outside training";
  const SequenceMask mask = GridCase::mask_of({5, 0, 2});
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    const Tensor query = x_.detach().requires_grad_();
    const Tensor source = source_.detach().requires_grad_();
    const AttentionResult result = cross_->attend(query, cross_->project(source, mask), call);
    expect_finite(result.context);
    const Tensor* bias = cross_->named_parameters().find("out_projection.bias");
    const Tensor empty = bias == nullptr ? at::zeros({kDim}, torch::kDouble) : bias->detach();
    expect_identical(result.context[1].detach(), empty.expand({kPositions, kDim}));
    if (call.needs_weights) {
      expect_identical(result.weights[1].detach(), at::zeros_like(result.weights[1]));
    }
    cross_->zero_grad();
    (result.context * normal({kBatch, kPositions, kDim}, 13)).sum().backward();
    for (const Tensor& gradient : {query.grad(), source.grad()}) {
      expect_finite(gradient);
      expect_identical(gradient[1], at::zeros_like(gradient[1]));
      EXPECT_GT(gradient[0].abs().max().item<double>(), 0.0);
    }
    for (const Tensor& parameter : cross_->parameters())
      expect_finite(parameter.grad());
  }
}

TEST_P(AttentionContract, AskingForWeightsChangesNothing) {
  const AttentionResult asked = self_->attend_self(x_, mask_, explicit_path());
  const AttentionResult not_asked = self_->attend_self(x_, mask_, fused());
  EXPECT_TRUE(asked.weights.defined());
  EXPECT_FALSE(not_asked.weights.defined());
  expect_near(not_asked.context, asked.context, kTolerance);
  expect_near(attend_cross(fused()).context, attend_cross(explicit_path()).context, kTolerance);
  self_->to(torch::kFloat);
  const Tensor x = x_.to(torch::kFloat);
  expect_near(self_->attend_self(x, mask_, fused()).context,
              self_->attend_self(x, mask_, explicit_path()).context, 1e-5);
}

TEST_P(AttentionContract, TheContextIsTheWeightedSumOfTheValues) {
  if (GetParam().options.merge == HeadMerge::mean) GTEST_SKIP() << "see MeanOfHeads";
  const AttentionMemory memory = cross_->project(source_, mask_);
  if (GetParam().options.project == AttentionProjection::qkv) {
    torch::NoGradGuard no_grad;  // the output projection becomes the identity
    const auto parameters = cross_->named_parameters();
    parameters["out_projection.weight"].copy_(at::eye(kDim, torch::kDouble));
    parameters["out_projection.bias"].zero_();
  }
  const AttentionResult result = cross_->attend(x_, memory, explicit_path());
  const Tensor sum = (result.weights.unsqueeze(-1) * memory.values.unsqueeze(2)).sum(3);
  expect_near(result.context, sum.transpose(1, 2).flatten(2), kTolerance);  // heads side by side
  const Tensor fused_context = cross_->attend(x_, memory, fused()).context;
  const Tensor values = memory.values.transpose(1, 2).flatten(2);  // [batch, keys, dim]
  for (std::int64_t b = 0; b < kBatch; ++b) {
    for (std::int64_t i = 0; i < kPositions; ++i) {
      if (!GetParam().allows_any(b, i) || GetParam().is_predictive()) continue;
      const Tensor context = fused_context[b][i];
      EXPECT_TRUE((context <= values[b].amax(0) + kTolerance).all().item<bool>());
      EXPECT_TRUE((context >= values[b].amin(0) - kTolerance).all().item<bool>());
    }
  }
}

TEST_P(AttentionContract, StepByStepEqualsTheFullPass) {
  if (!GetParam().is_for_decoders()) GTEST_SKIP() << "decoders see no later key";
  if (GetParam().is_predictive()) GTEST_SKIP() << "it needs a complete sequence";
  torch::NoGradGuard no_grad;
  const SequenceMask whole =
      make_sequence_mask(torch::full({kBatch}, kPositions, torch::kLong), kPositions);
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    const AttentionResult full = self_->attend_self(x_, whole, call);
    for (const std::vector<std::int64_t>& chunks :
         {std::vector<std::int64_t>{1, 1, 1, 1, 1}, {2, 3}, {3, 1, 1}}) {
      KeyValueCache cache;
      std::int64_t first = 0;
      for (const std::int64_t count : chunks) {
        const AttentionResult step =
            self_->attend_self(x_.narrow(1, first, count), whole, call, &cache);
        expect_near(step.context, full.context.narrow(1, first, count), kTolerance);
        if (call.needs_weights) {
          expect_near(step.weights,
                      full.weights.narrow(2, first, count).narrow(3, 0, first + count), kTolerance);
        }
        first += count;
        ASSERT_EQ(cache.length, first);
      }
    }
  }
}

TEST_P(AttentionContract, AReorderedCacheEqualsRecomputation) {
  if (!GetParam().is_for_decoders()) GTEST_SKIP() << "decoders see no later key";
  if (GetParam().is_predictive()) GTEST_SKIP() << "it needs a complete sequence";
  torch::NoGradGuard no_grad;
  for (const std::vector<std::int64_t>& rows :
       {std::vector<std::int64_t>{2, 0, 0}, {1}, {0, 1, 2, 2, 0}}) {
    const Tensor index = torch::tensor(rows, torch::kInt64);
    KeyValueCache cache;
    self_->attend_self(x_.narrow(1, 0, 3), {}, fused(), &cache);
    cache.reorder(index);
    const Tensor chosen = x_.index_select(0, index);
    const Tensor full = self_->attend_self(chosen, {}, fused()).context;
    for (std::int64_t step = 3; step < kPositions; ++step) {
      expect_near(self_->attend_self(chosen.narrow(1, step, 1), {}, fused(), &cache).context,
                  full.narrow(1, step, 1), kTolerance);
    }
  }
}

TEST_P(AttentionContract, BeamsShareTheMemoryOfTheirSentence) {
  if (GetParam().has_structure()) GTEST_SKIP() << "beams share a memory that is read as a whole";
  const AttentionMemory memory = cross_->project(source_, mask_);
  for (const std::int64_t beams : {1, 2, 4}) {
    const Tensor query = normal({kBatch * beams, 1, kDim}, 14);
    const AttentionMemory repeated = memory.select(at::arange(kBatch).repeat_interleave(beams));
    for (const AttentionCall& call : {fused(), explicit_path()}) {
      const AttentionResult shared = cross_->attend(query, memory, call);
      const AttentionResult expected = cross_->attend(query, repeated, call);
      expect_near(shared.context, expected.context, kTolerance);
      if (call.needs_weights) expect_near(shared.weights, expected.weights, kTolerance);
    }
  }
}

TEST_P(AttentionContract, SelectedMemoryEqualsTheMemoryOfTheSelected) {
  const Tensor index = torch::tensor({2, 0, 2, 1}, torch::kInt64);
  const AttentionMemory selected = cross_->project(source_, mask_).select(index);
  EXPECT_EQ(selected.mask.allowed.defined(), GetParam().is_padded);
  expect_identical(selected.mask.lengths, mask_.lengths.index_select(0, index));
  const SequenceMask mask = make_sequence_mask(selected.mask.lengths, kPositions);
  const Tensor query = x_.index_select(0, index);
  const Tensor source = source_.index_select(0, index);
  expect_near(cross_->attend(query, selected, explicit_path()).context,
              cross_->attend(query, cross_->project(source, mask), explicit_path()).context,
              kTolerance);
}

TEST_P(AttentionContract, PermutingKeysAndValuesTogetherLeavesTheContext) {
  if (GetParam().has_structure() || GetParam().is_local())
    GTEST_SKIP() << "the order of the keys counts";
  const AttentionMemory memory = cross_->project(source_, mask_);
  const Tensor order = torch::tensor({3, 0, 4, 2, 1}, torch::kInt64);
  AttentionMemory permuted = memory;
  permuted.keys = memory.keys.index_select(2, order);
  permuted.values = memory.values.index_select(2, order);
  if (memory.mask.allowed.defined()) {
    permuted.mask.allowed = memory.mask.allowed.index_select(3, order);
  }
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    expect_near(cross_->attend(x_, permuted, call).context,
                cross_->attend(x_, memory, call).context, kTolerance);
  }
}

TEST_P(AttentionContract, GradientsOfSelfAttentionEqualCentralDifferences) {
  if (!GetParam().is_padded) GTEST_SKIP() << "the padded batch has a whole sentence as well";
  if (GetParam().is_hard()) GTEST_SKIP() << "a chosen key has no gradient outside training";
  const Tensor weight = normal({kBatch, kPositions, kDim}, 15);
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    test::expect_gradients(
        [&] { return (self_->attend_self(x_, mask_, call).context * weight).sum(); },
        test::with_parameters({{"x", x_}}, *self_), 1e-7);
  }
}

TEST_P(AttentionContract, GradientsOfCrossAttentionEqualCentralDifferences) {
  if (!GetParam().is_padded) GTEST_SKIP() << "the padded batch has a whole sentence as well";
  if (GetParam().is_hard()) GTEST_SKIP() << "a chosen key has no gradient outside training";
  const Tensor weight = normal({kBatch, kPositions, kDim}, 15);
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    test::expect_gradients([&] { return (attend_cross(call).context * weight).sum(); },
                           test::with_parameters({{"query", x_}, {"source", source_}}, *cross_),
                           1e-7);
  }
}

TEST_P(AttentionContract, HugeLogitsGiveFiniteValuesAndGradients) {
  if (GetParam().is_hard()) GTEST_SKIP() << "a chosen key has no gradient outside training";
  for (const torch::Dtype type : {torch::kDouble, torch::kFloat, torch::kBFloat16}) {
    self_->to(type);
    for (const std::vector<std::int64_t>& lengths :
         {GetParam().lengths(), std::vector<std::int64_t>{1, 1, 1}}) {
      for (const AttentionCall& call : {fused(), explicit_path()}) {
        const Tensor x = (300.0 * x_).to(type).requires_grad_();
        const auto result = self_->attend_self(x, GridCase::mask_of(lengths), call);
        expect_finite(result.context);
        self_->zero_grad();
        result.context.sum().backward();
        expect_finite(x.grad());
        for (const Tensor& parameter : self_->parameters())
          expect_finite(parameter.grad());
      }
    }
  }
}

TEST_P(AttentionContract, EqualScoresShareTheWeightEqually) {
  if (!GetParam().is_exact()) GTEST_SKIP() << "weights depend on more than the scores";
  const AttentionResult result = self_->attend_self(at::ones_like(x_), mask_, explicit_path());
  for (std::int64_t b = 0; b < kBatch; ++b) {
    for (std::int64_t i = 0; i < kPositions; ++i) {
      std::int64_t count = 0;
      for (std::int64_t j = 0; j < kPositions; ++j)
        count += GetParam().allows(b, i, j) ? 1 : 0;
      for (std::int64_t j = 0; j < kPositions; ++j) {
        const double expected = GetParam().allows(b, i, j) ? 1.0 / static_cast<double>(count) : 0.0;
        ASSERT_NEAR(result.weights[b][0][i][j].item<double>(), expected, kTolerance);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Grid, AttentionContract, testing::ValuesIn(test::attention_grid()),
                         [](const auto& tested) { return test::name_of_case(tested.param); });

}  // namespace
}  // namespace regard
