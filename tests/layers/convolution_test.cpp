#include "regard/layers/convolution.h"

#include <cmath>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::normal;
using torch::Tensor;

constexpr std::int64_t kConvolved = 4;

ConvOptions convolution_of(std::vector<std::int64_t> kernels, bool has_gates, bool is_causal,
                           std::int64_t hidden = 0) {
  ConvOptions options;
  options.kernels = std::move(kernels);
  options.hidden = hidden;
  options.glu = has_gates;
  options.causal = is_causal;
  return options;
}

/// In float64, every parameter drawn at random.
Convolution random_convolution(const ConvOptions& options) {
  Convolution convolution(options, kConvolved);
  test::randomise_parameters(*convolution, 1);
  return convolution;
}

/// Several that differ in everything, and causal or not.
std::vector<Convolution> convolutions(bool is_causal) {
  std::vector<Convolution> all;
  std::vector<std::vector<std::int64_t>> kernels = {{3}, {1}, {5, 3}, {1, 5, 1}};
  if (is_causal) kernels.push_back({2, 4});
  for (const auto& widths : kernels) {
    for (const bool has_gates : {false, true})
      all.push_back(random_convolution(convolution_of(widths, has_gates, is_causal, 7)));
  }
  return all;
}

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

/// One convolution of one sentence x [positions, width], by loops over its definition: column
/// k * width + c of the matrix belongs to feature c of the window's position k.
Tensor by_loops(const Convolution& convolution, std::size_t i, const Tensor& x,
                const ConvOptions& options) {
  const auto parameters = convolution->named_parameters();
  const Tensor weight = parameters["map_" + std::to_string(i) + ".weight"];
  const Tensor bias = parameters["map_" + std::to_string(i) + ".bias"];
  const std::int64_t kernel = options.kernels[i];
  const std::int64_t before = options.causal ? kernel - 1 : kernel / 2;
  const std::int64_t width = x.size(1);
  const std::int64_t rows = weight.size(0);
  const std::int64_t next = options.glu ? rows / 2 : rows;
  const auto w = weight.accessor<double, 2>();
  const auto values = x.accessor<double, 2>();
  Tensor y = at::zeros({x.size(0), next}, at::kDouble);
  auto out = y.accessor<double, 2>();
  for (std::int64_t t = 0; t < x.size(0); ++t) {
    std::vector<double> sums(static_cast<std::size_t>(rows));
    for (std::int64_t o = 0; o < rows; ++o) {
      double sum = bias[o].item<double>();
      for (std::int64_t k = 0; k < kernel; ++k) {
        const std::int64_t place = t + k - before;
        if (place < 0 || place >= x.size(0)) continue;
        for (std::int64_t c = 0; c < width; ++c)
          sum += w[o][k * width + c] * values[place][c];
      }
      sums[static_cast<std::size_t>(o)] = sum;
    }
    for (std::int64_t o = 0; o < next; ++o) {
      const double value = sums[static_cast<std::size_t>(o)];
      out[t][o] = options.glu ? value * sigmoid(sums[static_cast<std::size_t>(next + o)])
                              : std::max(value, 0.0);
    }
  }
  return y;
}

TEST(Convolution, OfThreePositionsIsItsDefinition) {
  const Tensor x = normal({2, 5, kConvolved}, 2);
  for (const bool is_causal : {false, true}) {
    for (const bool has_gates : {false, true}) {
      const ConvOptions options = convolution_of({3}, has_gates, is_causal);
      const Convolution convolution = random_convolution(options);
      const Tensor y = convolution->forward(x, {});
      for (std::int64_t i = 0; i < 2; ++i)
        expect_near(y[i], by_loops(convolution, 0, x[i], options), 1e-12);
    }
  }
}

TEST(Convolution, EqualsTheLibrarysWithTheSameWeights) {
  const Tensor x = normal({2, 6, kConvolved}, 2);
  const Convolution convolution = random_convolution(convolution_of({5}, false, false));
  const auto parameters = convolution->named_parameters();
  // [out, kernel * in] -> [out, in, kernel]
  const Tensor weight =
      parameters["map_0.weight"].view({kConvolved, 5, kConvolved}).transpose(1, 2);
  const Tensor expected =
      at::relu(at::conv1d(x.transpose(1, 2), weight, parameters["map_0.bias"], 1, 2));
  expect_near(convolution->forward(x, {}), expected.transpose(1, 2), 1e-12);
}

TEST(Convolution, SeveralFollowEachOther) {
  const Tensor x = normal({6, kConvolved}, 2);
  for (const bool is_causal : {false, true}) {
    for (const bool has_gates : {false, true}) {
      const ConvOptions options = convolution_of({1, 5, 3}, has_gates, is_causal, 7);
      const Convolution convolution = random_convolution(options);
      const Tensor first = by_loops(convolution, 0, x, options);
      ASSERT_EQ(first.size(1), 7);
      const Tensor second = by_loops(convolution, 1, first, options);
      ASSERT_EQ(second.size(1), 7);
      expect_near(convolution->forward(x.unsqueeze(0), {})[0],
                  by_loops(convolution, 2, second, options), 1e-12);
    }
  }
}

TEST(Convolution, APaddedBatchEqualsEachSentenceAlone) {
  const std::vector<std::int64_t> lengths = {2, 5, 1};
  const SequenceMask mask = make_sequence_mask(torch::tensor(lengths), 6);
  const Tensor x = normal({3, 6, kConvolved}, 2);
  Tensor other = x.clone();
  for (std::size_t i = 0; i < lengths.size(); ++i)
    other[static_cast<std::int64_t>(i)].narrow(0, lengths[i], 6 - lengths[i]).fill_(1e30);
  for (const bool is_causal : {false, true}) {
    for (const Convolution& convolution : convolutions(is_causal)) {
      const Tensor y = convolution->forward(x, mask);
      const Tensor y_of_other = convolution->forward(other, mask);
      for (std::size_t i = 0; i < lengths.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        const Tensor alone = convolution->forward(x.narrow(0, row, 1).narrow(1, 0, lengths[i]), {});
        expect_near(y[row].narrow(0, 0, lengths[i]), alone[0], 1e-12);
        expect_identical(y_of_other[row].narrow(0, 0, lengths[i]), y[row].narrow(0, 0, lengths[i]));
      }
    }
  }
}

TEST(Convolution, ACausalOneSeesNoLaterPosition) {
  const Tensor x = normal({2, 6, kConvolved}, 2);
  for (const Convolution& convolution : convolutions(true)) {
    const Tensor before = convolution->forward(x, {});
    for (const std::int64_t place : {1, 3, 5}) {
      Tensor changed = x.clone();
      changed.select(1, place).add_(1.0);
      const Tensor after = convolution->forward(changed, {});
      expect_identical(after.narrow(1, 0, place), before.narrow(1, 0, place));
      EXPECT_FALSE(at::equal(after.select(1, place), before.select(1, place)));
    }
  }
}

TEST(Convolution, ACentredOneSeesBothSides) {
  const Tensor x = normal({1, 7, kConvolved}, 2);
  const Convolution convolution = random_convolution(convolution_of({5}, true, false));
  Tensor changed = x.clone();
  changed.select(1, 3).add_(1.0);
  const Tensor change =
      (convolution->forward(changed, {}) - convolution->forward(x, {})).abs().amax(-1)[0];
  const Tensor is_changed = torch::tensor({false, true, true, true, true, true, false});
  expect_identical(change.gt(0.0), is_changed);
}

TEST(Convolution, InPiecesEqualsTheWhole) {
  const Tensor x = normal({2, 8, kConvolved}, 2);
  for (const Convolution& convolution : convolutions(true)) {
    const Tensor expected = convolution->forward(x, {});
    for (const std::vector<std::int64_t>& pieces :
         {std::vector<std::int64_t>(8, 1), std::vector<std::int64_t>{1, 2, 5}}) {
      std::vector<Tensor> past;
      std::vector<Tensor> parts;
      for (const Tensor& piece : x.split_with_sizes(pieces, 1))
        parts.push_back(convolution->forward_from(piece, past));
      expect_near(at::cat(parts, 1), expected, 1e-12);
    }
  }
}

TEST(Convolution, RemembersNoMoreThanItStillSees) {
  const Convolution convolution = random_convolution(convolution_of({3, 2}, false, true, 7));
  std::vector<Tensor> past;
  convolution->forward_from(normal({2, 9, kConvolved}, 2), past);
  ASSERT_EQ(past.size(), 2U);
  EXPECT_EQ(past[0].sizes(), at::IntArrayRef({2, 2, kConvolved}));
  EXPECT_EQ(past[1].sizes(), at::IntArrayRef({2, 1, 7}));
}

TEST(Convolution, ACentredOneCannotGoStepByStep) {
  std::vector<Tensor> past;
  const Convolution convolution = random_convolution(convolution_of({3}, false, false));
  EXPECT_THROW(convolution->forward_from(normal({2, 1, kConvolved}, 2), past), c10::Error);
}

TEST(Convolution, GatesStartAsIfEachHalfWereAlone) {
  Convolution convolution(convolution_of({3}, true, false), 64);
  initialise_parameters(*convolution, 1);
  const double largest = convolution->named_parameters()["map_0.weight"].abs().max().item<double>();
  const double bound = std::sqrt(6.0 / (3 * 64 + 64));
  EXPECT_LE(largest, bound);
  EXPECT_GT(largest, 0.99 * bound);
}

TEST(Convolution, GradientsEqualCentralDifferences) {
  const Tensor x = normal({2, 4, kConvolved}, 2);
  const Tensor weight = normal({2, 4, kConvolved}, 3);
  const SequenceMask mask = make_sequence_mask(torch::tensor({2, 4}, torch::kInt64), 4);
  for (const bool is_causal : {false, true}) {
    for (const bool has_gates : {false, true}) {
      const Convolution convolution =
          random_convolution(convolution_of({3, 3}, has_gates, is_causal, 3));
      test::expect_gradients([&] { return (convolution->forward(x, mask) * weight).sum(); },
                             test::with_parameters({{"x", x}}, *convolution), 1e-7);
    }
  }
}

}  // namespace
}  // namespace regard
