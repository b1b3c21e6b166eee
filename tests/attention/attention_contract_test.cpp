// What holds for every combination of score, align, mask, heads, granularity and position.
#include <vector>

#include <gtest/gtest.h>

#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

#include "attention/attention_grid.h"
#include "core/file_support.h"
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

  /// Positions are of self-attention.
  bool has_cross() const { return !GetParam().has_position(); }
  AttentionResult attend_cross(const AttentionCall& call) const {
    return cross_->attend(x_, cross_->project(source_, mask_), call);
  }
  /// Of self-attention, and of attention to a source.
  std::vector<AttentionResult> attend_both(const AttentionCall& call) const {
    std::vector<AttentionResult> results = {self_->attend_self(x_, mask_, call)};
    if (has_cross()) results.push_back(attend_cross(call));
    return results;
  }
  static std::size_t index(std::int64_t row) { return static_cast<std::size_t>(row); }

  void expect_distributions(const Tensor& weights) const;
  void expect_zero_without_keys(Attention attention, const AttentionResult& result,
                                const std::vector<Tensor>& inputs) const;
};

void AttentionContract::expect_distributions(const Tensor& weights) const {
  const GridCase& grid_case = GetParam();
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

TEST_P(AttentionContract, WeightsAreADistributionOverTheAllowedKeys) {
  const GridCase& grid_case = GetParam();
  const auto results = attend_both(explicit_path());
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::int64_t width = i == 0 ? kDim : grid_case.memory_dim();
    ASSERT_EQ(results[i].weights.sizes(),
              at::IntArrayRef({kBatch, grid_case.distributions(width), kPositions, kPositions}));
    ASSERT_EQ(results[i].context.sizes(),
              at::IntArrayRef({kBatch, kPositions, grid_case.context_dim(width)}));
    expect_distributions(results[i].weights);
  }
  EXPECT_EQ(self_->context_dim(), grid_case.context_dim(kDim));
  EXPECT_EQ(cross_->context_dim(), grid_case.context_dim(grid_case.memory_dim()));
}

TEST_P(AttentionContract, ASentenceAloneEqualsItselfInABatch) {
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    const Tensor in_batch = self_->attend_self(x_, mask_, call).context;
    const Tensor cross_in_batch = has_cross() ? attend_cross(call).context : Tensor();
    for (std::int64_t b = 0; b < kBatch; ++b) {
      const std::int64_t length = GetParam().lengths()[index(b)];
      const SequenceMask alone = make_sequence_mask(torch::tensor({length}), length);
      const Tensor x = x_.narrow(0, b, 1);
      expect_near(self_->attend_self(x.narrow(1, 0, length), alone, call).context,
                  in_batch.narrow(0, b, 1).narrow(1, 0, length), kTolerance);
      if (!has_cross()) continue;
      const Tensor source = source_.narrow(0, b, 1).narrow(1, 0, length);
      expect_near(cross_->attend(x, cross_->project(source, alone), call).context,
                  cross_in_batch.narrow(0, b, 1), kTolerance);
    }
  }
}

TEST_P(AttentionContract, AMaskedKeyChangesNothingAtAll) {
  const GridCase& grid_case = GetParam();
  // A predicted window is where the query puts it: it masks no key in advance.
  const bool has_window = grid_case.is_local() && !grid_case.is_predictive();
  if (!grid_case.is_padded && !grid_case.has_structure() && !has_window && !grid_case.is_cut())
    GTEST_SKIP() << "nothing is masked";
  int compared = 0;
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    const auto before = attend_both(call);
    for (std::int64_t key = 1; key < kPositions; ++key) {
      Tensor changed_x = x_.clone();
      changed_x.select(1, key).mul_(-3.0).add_(100.0);
      const Tensor self = self_->attend_self(changed_x, mask_, call).context;
      Tensor cross;
      if (has_cross()) {
        Tensor changed_source = source_.clone();
        changed_source.select(1, key).mul_(-3.0).add_(100.0);
        cross = cross_->attend(x_, cross_->project(changed_source, mask_), call).context;
      }
      for (std::int64_t b = 0; b < kBatch; ++b) {
        for (std::int64_t query = 0; query < kPositions; ++query) {
          if (grid_case.allows(b, query, key)) {
            if (grid_case.is_exact() && has_cross()) {
              EXPECT_FALSE(at::equal(cross[b][query], before[1].context[b][query]));
            }
            continue;
          }
          if (has_cross()) expect_identical(cross[b][query], before[1].context[b][query]);
          if (query != key) expect_identical(self[b][query], before[0].context[b][query]);
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 10);
}

/// Of the second sentence, which has no key at all.
void AttentionContract::expect_zero_without_keys(Attention attention, const AttentionResult& result,
                                                 const std::vector<Tensor>& inputs) const {
  expect_finite(result.context);
  const Tensor context = result.context.detach();
  const Tensor* bias = attention->named_parameters().find("out_projection.bias");
  const Tensor empty =
      bias == nullptr ? at::zeros({attention->context_dim()}, torch::kDouble) : bias->detach();
  expect_identical(context[1], empty.expand_as(context[1]));
  if (result.weights.defined())
    expect_identical(result.weights[1].detach(), at::zeros_like(result.weights[1]));
  attention->zero_grad();
  (result.context * normal(context.sizes(), 13)).sum().backward();
  for (const Tensor& input : inputs) {
    expect_finite(input.grad());
    expect_identical(input.grad()[1], at::zeros_like(input.grad()[1]));
    EXPECT_GT(input.grad()[0].abs().max().item<double>(), 0.0);
  }
  for (const Tensor& parameter : attention->parameters()) {
    if (parameter.grad().defined()) expect_finite(parameter.grad());
  }
}

TEST_P(AttentionContract, ARowWithoutKeysGivesTheBiasAndNoGradient) {
  if (GetParam().is_hard()) GTEST_SKIP() << "a chosen key has no gradient outside training";
  const SequenceMask mask = GridCase::mask_of({5, 0, 2});
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    const Tensor x = x_.detach().clone().requires_grad_();
    expect_zero_without_keys(self_, self_->attend_self(x, mask, call), {x});
    if (!has_cross()) continue;
    const Tensor query = x_.detach().clone().requires_grad_();
    const Tensor source = source_.detach().clone().requires_grad_();
    expect_zero_without_keys(cross_, cross_->attend(query, cross_->project(source, mask), call),
                             {query, source});
  }
}

TEST_P(AttentionContract, AskingForWeightsChangesNothing) {
  const auto asked = attend_both(explicit_path());
  const auto not_asked = attend_both(fused());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_TRUE(asked[i].weights.defined());
    EXPECT_FALSE(not_asked[i].weights.defined());
    expect_near(not_asked[i].context, asked[i].context, kTolerance);
  }
  self_->to(torch::kFloat);
  const Tensor x = x_.to(torch::kFloat);
  expect_near(self_->attend_self(x, mask_, fused()).context,
              self_->attend_self(x, mask_, explicit_path()).context, 1e-5);
}

TEST_P(AttentionContract, TheContextIsTheWeightedSumOfTheValues) {
  const GridCase& grid_case = GetParam();
  if (grid_case.options.merge == HeadMerge::mean) GTEST_SKIP() << "see MeanOfHeads";
  if (!has_cross()) GTEST_SKIP() << "positions may add to the values";
  const AttentionMemory memory = cross_->project(source_, mask_);
  if (grid_case.options.project == AttentionProjection::qkv) {
    torch::NoGradGuard no_grad;  // the output projection becomes the identity
    const auto parameters = cross_->named_parameters();
    parameters["out_projection.weight"].copy_(at::eye(kDim, torch::kDouble));
    parameters["out_projection.bias"].zero_();
  }
  const std::int64_t sharing = grid_case.options.heads / memory.values.size(1);
  Tensor values = memory.values.repeat_interleave(sharing, 1);
  if (grid_case.has_features()) values = values.transpose(1, 3);
  const AttentionResult result = cross_->attend(x_, memory, explicit_path());
  const Tensor sum = (result.weights.unsqueeze(-1) * values.unsqueeze(2)).sum(3);
  expect_near(result.context, sum.transpose(1, 2).flatten(2), kTolerance);  // heads side by side
  const Tensor fused_context = cross_->attend(x_, memory, fused()).context;
  const Tensor columns = values.transpose(1, 2).flatten(2);  // [batch, keys, dim]
  for (std::int64_t b = 0; b < kBatch; ++b) {
    for (std::int64_t i = 0; i < kPositions; ++i) {
      if (!grid_case.allows_any(b, i) || grid_case.is_predictive()) continue;
      const Tensor context = fused_context[b][i];
      EXPECT_TRUE((context <= columns[b].amax(0) + kTolerance).all().item<bool>());
      EXPECT_TRUE((context >= columns[b].amin(0) - kTolerance).all().item<bool>());
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
  if (!has_cross()) GTEST_SKIP() << "positions are of self-attention";
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
      ASSERT_EQ(shared.extras.position.defined(), GetParam().is_predictive());
      if (GetParam().is_predictive())
        expect_near(shared.extras.position, expected.extras.position, kTolerance);
    }
  }
}

TEST_P(AttentionContract, SelectedMemoryEqualsTheMemoryOfTheSelected) {
  if (!has_cross()) GTEST_SKIP() << "positions are of self-attention";
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
  if (GetParam().has_structure() || GetParam().is_local() || GetParam().is_location() ||
      !has_cross())
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

// Central differences take most of the time here, so the masks are those that models have:
// whatever else a mask does to a gradient, it does to the weights as well.
TEST_P(AttentionContract, GradientsOfSelfAttentionEqualCentralDifferences) {
  const AttentionMask mask = GetParam().options.mask;
  if (!GetParam().is_padded) GTEST_SKIP() << "the padded batch has a whole sentence as well";
  if (GetParam().is_hard()) GTEST_SKIP() << "a chosen key has no gradient outside training";
  if (mask == AttentionMask::backward || mask == AttentionMask::diagonal)
    GTEST_SKIP() << "forward has a row without keys as well";
  if (mask == AttentionMask::none && has_cross()) GTEST_SKIP() << "see the next test";
  const Tensor weight = normal({kBatch, kPositions, kDim}, 15);
  for (const AttentionCall& call : test::paths_of(GetParam())) {
    test::expect_gradients(
        [&] { return (self_->attend_self(x_, mask_, call).context * weight).sum(); },
        test::with_parameters({{"x", x_}}, *self_), 1e-7);
  }
}

TEST_P(AttentionContract, GradientsOfCrossAttentionEqualCentralDifferences) {
  if (!has_cross()) GTEST_SKIP() << "positions are of self-attention";
  if (!GetParam().is_padded) GTEST_SKIP() << "the padded batch has a whole sentence as well";
  if (GetParam().is_hard()) GTEST_SKIP() << "a chosen key has no gradient outside training";
  if (GetParam().has_structure()) GTEST_SKIP() << "see the test before";
  const Tensor weight = normal({kBatch, kPositions, cross_->context_dim()}, 15);
  for (const AttentionCall& call : test::paths_of(GetParam())) {
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
      for (const AttentionCall& call : test::paths_of(GetParam())) {
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
  if (!GetParam().is_exact() || GetParam().is_location() || GetParam().has_position())
    GTEST_SKIP() << "weights depend on more than the values of the keys";
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

TEST_P(AttentionContract, SavedAndLoadedItGivesTheSameBits) {
  if (GetParam().is_padded) GTEST_SKIP() << "the same parameters as without padding";
  if (self_->parameters().empty()) GTEST_SKIP() << "no parameters";
  const auto tensors_of = [](const Attention& attention) {
    NamedTensors tensors;
    for (const auto& item : attention->named_parameters())
      tensors.emplace_back(item.key(), item.value());
    return tensors;
  };
  const test::TemporaryFolder folder;
  const auto path = folder / "a.safetensors";
  const Attention loaded = random_attention(GetParam().options, kDim, 500);
  const Tensor expected = self_->attend_self(x_, mask_, explicit_path()).context;
  ASSERT_FALSE(at::equal(loaded->attend_self(x_, mask_, explicit_path()).context, expected));
  save_tensors(path, tensors_of(self_), {});
  load_tensors(SafetensorsFile::open(path), path, tensors_of(loaded));
  for (const AttentionCall& call : {fused(), explicit_path()}) {
    expect_identical(loaded->attend_self(x_, mask_, call).context,
                     self_->attend_self(x_, mask_, call).context);
  }
}

INSTANTIATE_TEST_SUITE_P(Grid, AttentionContract, testing::ValuesIn(test::attention_grid()),
                         [](const auto& tested) { return test::name_of_case(tested.param); });

}  // namespace
}  // namespace regard
