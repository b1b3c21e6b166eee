#include <cmath>

#include <gtest/gtest.h>

#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard::attention {
namespace {

using test::expect_identical;
using test::expect_near;
using test::normal;
using torch::Tensor;

constexpr std::int64_t kAlignedBatch = 3;
constexpr std::int64_t kHeads = 2;
constexpr std::int64_t kQueries = 9;
constexpr std::int64_t kKeys = 7;
constexpr std::int64_t kHeadDim = 4;

AttentionOptions options_of(const std::string& align, std::int64_t window = 0) {
  at::set_num_threads(1);  // thousands of small draws
  AttentionOptions options;
  options.align = align;
  options.heads = kHeads;
  options.window = window;
  return options;
}

std::shared_ptr<Align> random_align(const AttentionOptions& options) {
  auto align = make_align(options, StrategySizes{kHeadDim, kHeadDim, kHeads * kHeadDim});
  test::randomise_parameters(*align, 5);
  return align;
}

/// A batch whose sentences have 7, 4 and 1 keys, looked at from 9 queries.
AlignInput padded_input() {
  AlignInput input;
  input.scores = normal({kAlignedBatch, kHeads, kQueries, kKeys}, 1);
  const SequenceMask mask = make_sequence_mask(torch::tensor({7, 4, 1}, torch::kInt64), kKeys);
  input.allowed = mask.allowed;
  input.lengths = mask.lengths;
  input.state = normal({kAlignedBatch, kQueries, kHeads * kHeadDim}, 2);
  input.positions = at::arange(kQueries);
  return input;
}

Tensor soft_weights(const AlignInput& input) {
  return masked_softmax(input.scores, input.allowed);
}

TEST(LocalMonotonic, WithALargeWindowEqualsGlobalAttentionBitForBit) {
  const AlignInput input = padded_input();
  const Tensor weights =
      random_align(options_of("local_m", kKeys + kQueries))->align(input).weights;
  expect_identical(weights, soft_weights(input));
}

TEST(LocalMonotonic, IsTheSoftmaxWithinTheWindowOfTheQuerysPlace) {
  const AlignInput input = padded_input();
  const Tensor weights = random_align(options_of("local_m", 2))->align(input).weights;
  for (std::int64_t b = 0; b < kAlignedBatch; ++b) {
    const std::int64_t length = input.lengths[b].item<std::int64_t>();
    for (std::int64_t q = 0; q < kQueries; ++q) {
      const std::int64_t centre = std::min(q, length - 1);  // past the end: the last key
      const std::int64_t first = std::max<std::int64_t>(0, centre - 2);
      const std::int64_t count = std::min(length - 1, centre + 2) - first + 1;
      const Tensor expected = at::softmax(input.scores[b][1][q].narrow(0, first, count), 0);
      expect_near(weights[b][1][q].narrow(0, first, count), expected, 1e-12);
      EXPECT_NEAR(weights[b][1][q].sum().item<double>(), 1.0, 1e-12);
    }
  }
}

TEST(LocalPredictive, IsTheFormulaKeyByKey) {
  const AlignInput input = padded_input();
  const double window = 2.0;
  const auto align = random_align(options_of("local_p", 2));
  const Alignment result = align->align(input);
  const auto parameters = align->named_parameters();
  for (std::int64_t b = 0; b < kAlignedBatch; ++b) {
    const auto length = static_cast<double>(input.lengths[b].item<std::int64_t>());
    for (std::int64_t q = 0; q < kQueries; ++q) {
      const Tensor hidden = at::mv(parameters["weight"], input.state[b][q]).tanh();
      const double logit = hidden.dot(parameters["vector"]).item<double>();
      const double p = (length - 1.0) / (1.0 + std::exp(-logit));
      EXPECT_NEAR(result.extras.position[b][q].item<double>(), p, 1e-10);
      double total = 0;
      for (std::int64_t k = 0; k < input.lengths[b].item<std::int64_t>(); ++k) {
        if (std::abs(static_cast<double>(k) - std::floor(p)) <= window)
          total += std::exp(input.scores[b][0][q][k].item<double>());
      }
      double sum = 0;
      for (std::int64_t k = 0; k < kKeys; ++k) {
        const double distance = static_cast<double>(k) - p;
        const bool is_near = static_cast<double>(k) < length &&
                             std::abs(static_cast<double>(k) - std::floor(p)) <= window;
        const double expected =
            is_near ? std::exp(input.scores[b][0][q][k].item<double>()) / total *
                          std::exp(-distance * distance / (2.0 * (window / 2.0) * (window / 2.0)))
                    : 0.0;
        EXPECT_NEAR(result.weights[b][0][q][k].item<double>(), expected, 1e-10);
        sum += expected;
      }
      EXPECT_GT(sum, 0.0);
      EXPECT_LE(sum, 1.0);
    }
  }
}

TEST(LocalPredictive, WithAHugeWindowComesCloseToGlobalAttention) {
  const AlignInput input = padded_input();
  const double window = 1000.0;
  const Tensor weights = random_align(options_of("local_p", 1000))->align(input).weights;
  const double bound = 2.0 * kKeys * kKeys / (window * window);
  EXPECT_LE((weights - soft_weights(input)).abs().max().item<double>(), bound);
}

TEST(LocalPredictive, ItsPlaceIsLearned) {
  const AlignInput input = padded_input();
  const auto align = random_align(options_of("local_p", 3));
  const Tensor c = normal({kAlignedBatch, kHeads, kQueries, kKeys}, 8);
  test::expect_gradients([&] { return (align->align(input).weights * c).sum(); },
                         test::with_parameters({{"state", input.state}}, *align), 1e-6);
  (align->align(input).weights * c).sum().backward();
  for (const auto& item : align->named_parameters())
    EXPECT_GT(item.value().grad().abs().max().item<double>(), 1e-3) << item.key();
}

AttentionOptions hard_options(HardSelection select, double threshold = 0.0) {
  AttentionOptions options = options_of("hard");
  options.hard.select = select;
  options.hard.threshold = threshold;
  return options;
}

TEST(HardThreshold, OfZeroIsSoftAttention) {
  const AlignInput input = padded_input();
  const auto align = random_align(hard_options(HardSelection::threshold, 0.0));
  expect_near(align->align(input).weights, soft_weights(input), 1e-12);
}

TEST(HardThreshold, KeepsTheLargeWeightsAndAtLeastTheLargest) {
  const AlignInput input = padded_input();
  const Tensor soft = soft_weights(input);
  for (const double threshold : {0.15, 1.0}) {
    const auto align = random_align(hard_options(HardSelection::threshold, threshold));
    const Tensor weights = align->align(input).weights;
    const Tensor is_kept = soft >= soft.amax(-1, true).clamp_max(threshold);
    EXPECT_TRUE(torch::equal(weights > 0, is_kept));
    expect_near(weights.sum(-1), at::ones_like(weights.sum(-1)), 1e-12);
    if (threshold == 1.0) {
      EXPECT_TRUE(torch::equal(weights.argmax(-1), soft.argmax(-1)));
      EXPECT_EQ((weights > 0).sum(-1).max().item<std::int64_t>(), 1);
    }
  }
}

TEST(HardGumbel, OutsideTrainingIsTheMostProbableKeyOrTheMixture) {
  const AlignInput input = padded_input();
  const Tensor soft = soft_weights(input);
  AttentionOptions options = hard_options(HardSelection::gumbel);
  const Tensor chosen = random_align(options)->align(input).weights;
  EXPECT_TRUE(torch::equal(chosen.argmax(-1), soft.argmax(-1)));
  expect_near(chosen.amax(-1), at::ones_like(chosen.amax(-1)), 0);
  expect_near(chosen.sum(-1), at::ones_like(chosen.sum(-1)), 0);
  options.hard.inference = HardInference::expected;
  expect_near(random_align(options)->align(input).weights, soft, 1e-12);
}

TEST(HardGumbel, DrawsKeysWithTheProbabilitiesOfTheSoftmax) {
  AlignInput input = padded_input();
  const auto align = random_align(hard_options(HardSelection::gumbel));
  const int draws = 4000;
  RandomStream random(17);
  input.random = &random;
  Tensor counts = at::zeros_like(input.scores);
  for (int i = 0; i < draws; ++i) {
    const Tensor weights = align->align(input).weights;
    counts += weights;
    if (i == 0) {
      expect_near(weights.amax(-1), at::ones_like(weights.amax(-1)), 1e-12);
      expect_near(weights.sum(-1), at::ones_like(weights.sum(-1)), 1e-12);
    }
  }
  // Five deviations of a share of 4,000 draws.
  expect_near(counts / draws, soft_weights(input), 5.0 * 0.5 / std::sqrt(draws));
}

TEST(HardGumbel, ItsGradientIsThatOfTheMixture) {
  AlignInput input = padded_input();
  const double temperature = 0.7;
  AttentionOptions options = hard_options(HardSelection::gumbel);
  options.hard.temperature = temperature;
  const Tensor c = normal({kAlignedBatch, kHeads, kQueries, kKeys}, 8);
  RandomStream random(17);
  input.random = &random;
  input.scores = input.scores.detach().requires_grad_();
  (random_align(options)->align(input).weights * c).sum().backward();

  RandomStream same(17);
  at::Generator generator = at::detail::createCPUGenerator(same.next());
  const Tensor uniform = at::empty_like(input.scores.detach()).uniform_(1e-9, 1.0, generator);
  const Tensor scores = input.scores.detach().requires_grad_();
  const Tensor noisy = scores - at::log(-at::log(uniform));
  (masked_softmax(noisy / temperature, input.allowed) * c).sum().backward();
  EXPECT_GT(scores.grad().abs().max().item<double>(), 0.0);
  expect_near(input.scores.grad(), scores.grad(), 1e-12);
}

TEST(HardAlignments, RowsWithoutKeysStayZero) {
  AlignInput input = padded_input();
  const SequenceMask mask = make_sequence_mask(torch::tensor({7, 0, 1}, torch::kInt64), kKeys);
  input.allowed = mask.allowed;
  input.lengths = mask.lengths;
  RandomStream random(17);
  for (RandomStream* stream : {static_cast<RandomStream*>(nullptr), &random}) {
    input.random = stream;
    for (const AttentionOptions& options :
         {hard_options(HardSelection::gumbel), hard_options(HardSelection::threshold, 0.2),
          options_of("local_m", 2), options_of("local_p", 2)}) {
      const Tensor weights = random_align(options)->align(input).weights;
      EXPECT_TRUE(at::isfinite(weights).all().item<bool>());
      expect_identical(weights[1], at::zeros_like(weights[1]));
    }
  }
}

}  // namespace
}  // namespace regard::attention
