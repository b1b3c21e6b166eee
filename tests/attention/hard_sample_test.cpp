// Hard attention whose keys are drawn and learned by their reward (REINFORCE).
#include <cmath>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "regard/attention/attention.h"
#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"
#include "regard/tensor/torch.h"

#include "attention/attention_grid.h"
#include "support/tensor_near.h"

namespace regard::attention {
namespace {

using test::expect_finite;
using test::expect_identical;
using test::expect_near;
using test::normal;
using torch::Tensor;

constexpr std::int64_t kSentences = 3;
constexpr std::int64_t kDrawnQueries = 9;
constexpr std::int64_t kDrawnKeys = 7;
constexpr int kDraws = 4000;

AttentionOptions sampled(double mix_soft) {
  at::set_num_threads(1);  // thousands of small draws
  AttentionOptions options;
  options.align = "hard";
  options.heads = 1;
  options.hard.select = HardSelection::sample;
  options.hard.mix_soft = mix_soft;
  return options;
}

std::shared_ptr<Align> sampler(double mix_soft) {
  return make_align(sampled(mix_soft), StrategySizes{4, 4, 4});
}

/// Sentences of 7, 4 and 1 keys, looked at from 9 queries by one head.
AlignInput padded_draw_input(const std::vector<std::int64_t>& lengths = {7, 4, 1}) {
  AlignInput input;
  input.scores = normal({kSentences, 1, kDrawnQueries, kDrawnKeys}, 1);
  const SequenceMask mask = make_sequence_mask(torch::tensor(lengths, torch::kInt64), kDrawnKeys);
  input.allowed = mask.allowed;
  input.lengths = mask.lengths;
  input.positions = at::arange(kDrawnQueries);
  return input;
}

Tensor soft_draw_weights(const AlignInput& input) {
  return masked_softmax(input.scores, input.allowed);
}

Alignment draw(AlignInput input, double mix_soft, std::uint64_t seed) {
  RandomStream random(seed);
  input.random = &random;
  return sampler(mix_soft)->align(input);
}

/// [batch, 1, queries]: whether the weights are one key, or the mixture; fails if neither.
Tensor is_one_key(const Tensor& weights, const Tensor& soft) {
  const Tensor is_drawn = (weights.amax(-1) == 1.0) & ((weights != 0).sum(-1) == 1);
  const Tensor is_mixed = (weights == soft).all(-1);
  EXPECT_TRUE((is_drawn | is_mixed).all().item<bool>());
  return is_drawn;
}

TEST(HardSample, TrainingGivesOneKeyOrTheMixture) {
  const AlignInput input = padded_draw_input();
  const Tensor soft = soft_draw_weights(input);
  double drawn = 0.0;
  const int calls = 200;
  for (int i = 0; i < calls; ++i) {
    const Alignment result = draw(input, 0.3, static_cast<std::uint64_t>(i));
    ASSERT_EQ(result.weights.sizes(), soft.sizes());
    const Tensor is_drawn = is_one_key(result.weights, soft).squeeze(1);  // [batch, queries]
    drawn += is_drawn.narrow(0, 0, 2).to(torch::kDouble).mean().item<double>();
    // log alpha of the drawn key; nothing where all were mixed.
    const Tensor chosen = (soft * result.weights).sum(-1).log().squeeze(1);
    const Tensor expected = at::where(is_drawn, chosen, at::zeros_like(chosen));
    ASSERT_EQ(result.extras.log_probability.sizes(), at::IntArrayRef({kSentences, kDrawnQueries}));
    expect_near(result.extras.log_probability, expected, 1e-12);
    EXPECT_FALSE(result.extras.position.defined());
  }
  const double deviation = std::sqrt(0.3 * 0.7 / (calls * 2.0 * kDrawnQueries));
  EXPECT_NEAR(drawn / calls, 0.7, 5.0 * deviation);
}

TEST(HardSample, MixSoftOfZeroAlwaysDrawsAndOfOneNever) {
  const AlignInput input = padded_draw_input();
  const Tensor soft = soft_draw_weights(input);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Alignment always = draw(input, 0.0, seed);
    EXPECT_TRUE(is_one_key(always.weights, soft).all().item<bool>());
    EXPECT_TRUE((always.extras.log_probability.narrow(0, 0, 2) < 0.0).all().item<bool>());
    const Alignment never = draw(input, 1.0, seed);
    expect_identical(never.weights, soft);
    expect_identical(never.extras.log_probability,
                     at::zeros({kSentences, kDrawnQueries}, torch::kDouble));
  }
}

TEST(HardSample, EntropyIsThatOfTheDistributionItDrawsFrom) {
  const AlignInput input = padded_draw_input();
  const Tensor soft = soft_draw_weights(input);
  for (const double mix_soft : {0.0, 0.5, 1.0}) {
    const Tensor entropy = draw(input, mix_soft, 3).extras.entropy;
    ASSERT_EQ(entropy.sizes(), at::IntArrayRef({kSentences, kDrawnQueries}));
    for (std::int64_t b = 0; b < kSentences; ++b) {
      for (std::int64_t q = 0; q < kDrawnQueries; ++q) {
        double expected = 0.0;
        for (std::int64_t k = 0; k < input.lengths[b].item<std::int64_t>(); ++k) {
          const double p = soft[b][0][q][k].item<double>();
          expected -= p * std::log(p);
        }
        EXPECT_NEAR(entropy[b][q].item<double>(), expected, 1e-12);
      }
    }
  }
}

/// Pearson's statistic of all rows together is as large as its degrees of freedom, give or take.
TEST(HardSample, DrawsKeysWithTheProbabilitiesOfTheSoftmax) {
  AlignInput input = padded_draw_input();
  const Tensor soft = soft_draw_weights(input);
  for (const torch::Dtype type : {torch::kDouble, torch::kFloat}) {
    input.scores = input.scores.to(type);
    RandomStream random(17);
    input.random = &random;
    const auto align = sampler(0.0);
    Tensor counts = at::zeros_like(soft);
    for (int i = 0; i < kDraws; ++i)
      counts += align->align(input).weights;
    const Tensor expected = soft.narrow(0, 0, 2) * kDraws;  // the last sentence has one key
    const Tensor is_possible = expected > 0;
    EXPECT_GT(expected.masked_select(is_possible).min().item<double>(), 5.0);
    expect_identical(counts.narrow(0, 0, 2).masked_select(is_possible.logical_not()),
                     at::zeros({kDrawnQueries * 3}, torch::kDouble));
    const Tensor terms = (counts.narrow(0, 0, 2) - expected).square() / expected;
    const double statistic = terms.masked_select(is_possible).sum().item<double>();
    const double freedom = kDrawnQueries * ((7.0 - 1.0) + (4.0 - 1.0));
    EXPECT_LT(std::abs(statistic - freedom), 5.0 * std::sqrt(2.0 * freedom));
  }
}

TEST(HardSample, IsReproducibleFromTheSeedAndMovesTheStreamOn) {
  const AlignInput input = padded_draw_input();
  expect_identical(draw(input, 0.5, 7).weights, draw(input, 0.5, 7).weights);
  EXPECT_FALSE(at::equal(draw(input, 0.5, 7).weights, draw(input, 0.5, 8).weights));
  AlignInput twice = padded_draw_input();
  RandomStream random(7);
  twice.random = &random;
  const Tensor first = sampler(0.5)->align(twice).weights;
  EXPECT_FALSE(at::equal(sampler(0.5)->align(twice).weights, first));
}

TEST(HardSample, OutsideTrainingIsTheMostProbableKeyOrTheMixture) {
  const AlignInput input = padded_draw_input();
  const Tensor soft = soft_draw_weights(input);
  AttentionOptions options = sampled(0.5);
  for (const HardInference inference : {HardInference::argmax, HardInference::expected}) {
    options.hard.inference = inference;
    const Alignment result = make_align(options, StrategySizes{4, 4, 4})->align(input);
    EXPECT_FALSE(result.extras.log_probability.defined());
    EXPECT_FALSE(result.extras.entropy.defined());
    if (inference == HardInference::expected) {
      expect_identical(result.weights, soft);
      continue;
    }
    EXPECT_TRUE(is_one_key(result.weights, soft).all().item<bool>());
    EXPECT_TRUE(torch::equal(result.weights.argmax(-1), soft.argmax(-1)));
  }
}

/// d log alpha_k / d score = e_k - alpha for the drawn key k. So the mean over all draws of
/// (reward - baseline) times that is the gradient of the mean reward, whatever the baseline.
TEST(HardSample, ItsLogProbabilityIsAnUnbiasedPolicyGradient) {
  AlignInput input = padded_draw_input();
  const Tensor soft = soft_draw_weights(input);
  const Tensor reward = normal({kDrawnKeys}, 9);
  const Tensor row = soft[0][0][4];  // the whole sentence
  const Tensor exact = row * (reward - (row * reward).sum());
  std::vector<Tensor> of_key(kDrawnKeys);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    input.scores = padded_draw_input().scores.requires_grad_();
    const Alignment result = draw(input, 0.0, seed);
    const auto key =
        static_cast<std::size_t>(result.weights[0][0][4].argmax().item<std::int64_t>());
    if (of_key[key].defined()) continue;
    const Tensor of_weights = torch::autograd::grad({result.weights[0][0][4][2]}, {input.scores},
                                                    {}, /*retain_graph=*/true)[0];
    EXPECT_LT(of_weights.abs().max().item<double>(), 1e-12);  // the draw itself has none
    of_key[key] =
        torch::autograd::grad({result.extras.log_probability[0][4]}, {input.scores})[0][0][0][4];
  }
  for (const double baseline : {0.0, -3.0}) {
    Tensor mean = at::zeros_like(row);
    for (std::size_t k = 0; k < of_key.size(); ++k) {
      ASSERT_TRUE(of_key[k].defined()) << "key " << k << " was never drawn";
      const auto index = static_cast<std::int64_t>(k);
      Tensor expected = -row;
      expected[index] += 1.0;
      expect_near(of_key[k], expected, 1e-12);
      mean += row[index] * (reward[index] - baseline) * of_key[k];
    }
    expect_near(mean, exact, 1e-12);
  }
}

TEST(HardSample, TheMixtureLearnsAsSoftAttentionDoes) {
  AlignInput input = padded_draw_input();
  const Tensor c = normal({kSentences, 1, kDrawnQueries, kDrawnKeys}, 8);
  const auto gradient_of = [&](const auto& weights_of) {
    input.scores = padded_draw_input().scores.requires_grad_();
    return torch::autograd::grad({(weights_of() * c).sum()}, {input.scores})[0];
  };
  const Tensor expected = gradient_of([&] { return soft_draw_weights(input); });
  expect_near(gradient_of([&] { return draw(input, 1.0, 3).weights; }), expected, 1e-12);
}

TEST(HardSample, EntropyHasAGradient) {
  AlignInput input = padded_draw_input();
  input.scores.requires_grad_();
  const Tensor gradient =
      torch::autograd::grad({draw(input, 0.0, 3).extras.entropy.sum()}, {input.scores})[0];
  expect_finite(gradient);
  EXPECT_GT(gradient[0].abs().max().item<double>(), 0.01);
  expect_near(gradient[2], at::zeros_like(gradient[2]), 1e-12);  // of one key there is no choice
}

TEST(HardSample, RowsWithoutKeysStayZero) {
  for (const double mix_soft : {0.0, 1.0}) {
    AlignInput input = padded_draw_input({7, 0, 1});
    input.scores.requires_grad_();
    const Alignment result = draw(input, mix_soft, 3);
    expect_identical(result.weights[1].detach(), at::zeros_like(result.weights[1]));
    const Tensor none = at::zeros({kDrawnQueries}, torch::kDouble);
    expect_near(result.extras.log_probability[1].detach(), none, 0.0);
    expect_near(result.extras.entropy[1].detach(), none, 0.0);
    const Tensor loss = result.extras.log_probability.sum() + result.extras.entropy.sum() +
                        (result.weights * normal(result.weights.sizes(), 8)).sum();
    const Tensor gradient = torch::autograd::grad({loss}, {input.scores})[0];
    expect_finite(gradient);
    expect_identical(gradient[1], at::zeros_like(gradient[1]));
  }
}

TEST(HardDraws, AreOneKeyInEveryPrecision) {
  for (const HardSelection select : {HardSelection::sample, HardSelection::gumbel}) {
    AttentionOptions options = sampled(0.0);
    options.hard.select = select;
    const auto align = make_align(options, StrategySizes{4, 4, 4});
    for (const torch::Dtype type : {torch::kDouble, torch::kFloat, torch::kBFloat16}) {
      AlignInput input = padded_draw_input();
      input.scores = (20.0 * input.scores).to(type);
      RandomStream random(17);
      input.random = &random;
      for (int i = 0; i < 300; ++i) {
        const Tensor weights = align->align(input).weights;
        expect_finite(weights);
        expect_near(weights.sum(-1), at::ones_like(weights.sum(-1)), 1e-2);
        EXPECT_TRUE((weights.masked_select(input.allowed.logical_not()) == 0).all().item<bool>());
      }
    }
  }
}

/// Numbers of 8 bits are often equal, and then the first of the keys would win.
TEST(HardDraws, OfBfloat16PreferNoKey) {
  constexpr std::int64_t kRows = 20000;
  constexpr std::int64_t kEqual = 50;
  for (const HardSelection select : {HardSelection::sample, HardSelection::gumbel}) {
    AttentionOptions options = sampled(0.0);
    options.hard.select = select;
    AlignInput input;
    input.scores = at::zeros({1, 1, kRows, kEqual}, torch::kBFloat16);
    RandomStream random(17);
    input.random = &random;
    const Tensor weights = make_align(options, StrategySizes{4, 4, 4})->align(input).weights;
    const Tensor place = at::arange(kEqual, torch::kDouble);
    const double mean = (weights.to(torch::kDouble) * place).sum(-1).mean().item<double>();
    const double deviation = std::sqrt((kEqual * kEqual - 1.0) / 12.0 / kRows);
    EXPECT_NEAR(mean, (kEqual - 1.0) / 2.0, 5.0 * deviation);
  }
}

/// Through the whole module: one head, in training.
TEST(HardSample, TheAttentionTellsWhatItDrew) {
  const Attention attention = test::random_attention(sampled(0.5));
  const Tensor x = normal({kSentences, 4, test::kDim}, 21);
  const Tensor source = normal({kSentences, test::kPositions, test::kDim}, 22);
  const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
  RandomStream random(4);
  const ForwardContext training{&random};
  const AttentionMemory memory = attention->project(source, mask);
  const AttentionResult result = attention->attend(x, memory, {training, true, 0});
  AttentionOptions options = sampled(0.5);
  options.align = "softmax";
  const Tensor soft =
      test::random_attention(options)->attend(x, memory, test::explicit_path()).weights.detach();
  const Tensor is_drawn = is_one_key(result.weights.detach(), soft);
  EXPECT_EQ(result.extras.log_probability.sizes(), at::IntArrayRef({kSentences, 4}));
  const Tensor chosen = (soft * result.weights.detach()).sum(-1).log();
  expect_near(result.extras.log_probability.detach(),
              at::where(is_drawn, chosen, at::zeros_like(chosen)).squeeze(1), 1e-12);
  EXPECT_TRUE(result.extras.entropy.requires_grad());
}

}  // namespace
}  // namespace regard::attention
