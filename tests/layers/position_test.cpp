#include "regard/layers/position.h"

#include <cmath>
#include <complex>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::normal;
using torch::Tensor;

constexpr std::int64_t kPositionDim = 8;
const PositionKind kClosedForms[] = {PositionKind::sinusoidal, PositionKind::sinusoidal_halves,
                                     PositionKind::timing};

/// Sine and cosine of p times each frequency, as the parts of e^(i p f): [positions, pairs].
struct Waves {
  Tensor sines;
  Tensor cosines;
};

Waves waves_of(const std::vector<double>& frequencies, std::int64_t positions) {
  const auto pairs = static_cast<std::int64_t>(frequencies.size());
  Waves waves{at::zeros({positions, pairs}), at::zeros({positions, pairs})};
  for (std::int64_t i = 0; i < pairs; ++i) {
    const std::complex<double> turn = std::polar(1.0, frequencies[static_cast<std::size_t>(i)]);
    std::complex<double> wave = 1.0;  // one turn per position
    for (std::int64_t p = 0; p < positions; ++p) {
      waves.sines[p][i] = wave.imag();
      waves.cosines[p][i] = wave.real();
      wave *= turn;
    }
  }
  return waves;
}

// 10000^(2i/8) for i = 0..3.
const std::vector<double> kRates = {1.0, 0.1, 0.01, 0.001};
// tensor2tensor: from 1 down to 1/10000 in equal ratios.
const std::vector<double> kTimingRates = {1.0, std::cbrt(1.0e-4), std::cbrt(1.0e-8), 1.0e-4};

TEST(PositionTable, SinusoidalInterleavesSinesAndCosines) {
  const Waves waves = waves_of(kRates, 50);
  expect_near(position_table(PositionKind::sinusoidal, 50, kPositionDim),
              at::stack({waves.sines, waves.cosines}, -1).flatten(1), 1e-6);
}

TEST(PositionTable, SinusoidalHalvesPutsTheSinesFirst) {
  const Waves waves = waves_of(kRates, 50);
  expect_near(position_table(PositionKind::sinusoidal_halves, 50, kPositionDim),
              at::cat({waves.sines, waves.cosines}, -1), 1e-6);
}

TEST(PositionTable, TimingSpreadsItsRatesToTheLast) {
  const Waves waves = waves_of(kTimingRates, 50);
  expect_near(position_table(PositionKind::timing, 50, kPositionDim),
              at::cat({waves.sines, waves.cosines}, -1), 1e-6);
}

TEST(PositionTable, TheSmallestWidthIsFinite) {
  for (const PositionKind kind : kClosedForms) {
    expect_near(position_table(kind, 2, 2),
                torch::tensor({{0.0, 1.0}, {std::sin(1.0), std::cos(1.0)}}, torch::kFloat), 1e-6);
  }
}

TEST(PositionTable, ProductsDependOnTheDistanceAlone) {
  for (const PositionKind kind : kClosedForms) {
    const Tensor table = position_table(kind, 300, 64).to(torch::kDouble);
    for (const std::int64_t distance : {0, 1, 7, 100}) {
      const std::int64_t count = 300 - distance;
      const Tensor products =
          (table.narrow(0, 0, count) * table.narrow(0, distance, count)).sum(-1);
      expect_near(products, products[0].expand({count}), 1e-6);
      if (distance == 0) {
        EXPECT_NEAR(products[0].item<double>(), 32.0, 1e-5);  // dim / 2
      }
    }
  }
}

TEST(PositionTable, AWidthThatIsOddIsRefused) {
  EXPECT_THROW(position_table(PositionKind::sinusoidal, 4, 7), c10::Error);
}

TEST(Position, AddsItsTable) {
  const Tensor x = normal({2, 10, kPositionDim}, 1, torch::kFloat);
  for (const PositionKind kind : kClosedForms) {
    Position position(kind, kPositionDim, 0);
    expect_identical(position->forward(x, 0), x + position_table(kind, 10, kPositionDim));
    EXPECT_TRUE(position->parameters().empty());
  }
}

TEST(Position, NoneIsTheIdentity) {
  Position position(PositionKind::none, kPositionDim, 0);
  const Tensor x = normal({2, 10, kPositionDim}, 1);
  EXPECT_TRUE(position->forward(x, 3).is_same(x));
}

TEST(Position, AnOffsetEqualsASliceOfTheWhole) {
  for (const PositionKind kind : config::enum_table<PositionKind>().values) {
    Position position(kind, kPositionDim, 12);
    initialise_parameters(*position, 1);
    const Tensor x = normal({2, 12, kPositionDim}, 1, torch::kFloat);
    const Tensor whole = position->forward(x, 0);
    for (std::int64_t first = 0; first < 12; ++first) {
      expect_identical(position->forward(x.narrow(1, first, 12 - first), first),
                       whole.narrow(1, first, 12 - first));
      expect_identical(position->forward(x.narrow(1, first, 1), first), whole.narrow(1, first, 1));
    }
  }
}

TEST(Position, ClosedFormsGrowWithTheSentence) {
  for (const PositionKind kind : kClosedForms) {
    Position position(kind, kPositionDim, 4);
    position->forward(at::zeros({1, 3, kPositionDim}), 0);
    expect_identical(position->forward(at::zeros({1, 700, kPositionDim}), 0)[0],
                     position_table(kind, 700, kPositionDim));
    expect_identical(position->forward(at::zeros({1, 1, kPositionDim}), 2000)[0],
                     position_table(kind, 2001, kPositionDim).narrow(0, 2000, 1));
  }
}

TEST(Position, KeepsTheTypeOfItsInput) {
  for (const PositionKind kind : config::enum_table<PositionKind>().values) {
    Position position(kind, kPositionDim, 12);
    for (const torch::Dtype type : {torch::kFloat, torch::kDouble, torch::kBFloat16}) {
      const Tensor sum = position->forward(at::zeros({1, 4, kPositionDim}, type), 0);
      EXPECT_EQ(sum.scalar_type(), type) << config::word_of(kind);
    }
  }
}

TEST(Position, ALearnedTableHasOneParameterOfTheRightSize) {
  Position position(PositionKind::learned, 64, 500);
  initialise_parameters(*position, 1);
  const auto parameters = position->named_parameters();
  ASSERT_EQ(parameters.size(), 1U);
  const Tensor weight = parameters["weight"].detach();
  ASSERT_EQ(weight.sizes(), at::IntArrayRef({500, 64}));
  EXPECT_NEAR(weight.std().item<double>(), 1.0 / 8.0, 0.002);
}

TEST(Position, ALearnedTableEndsWithAnErrorOfTheUser) {
  Position position(PositionKind::learned, kPositionDim, 12);
  EXPECT_NO_THROW(position->forward(at::zeros({1, 12, kPositionDim}), 0));
  EXPECT_NO_THROW(position->forward(at::zeros({1, 1, kPositionDim}), 11));
  EXPECT_THROW(position->forward(at::zeros({1, 1, kPositionDim}), 12), UserError);
  try {
    position->forward(at::zeros({1, 13, kPositionDim}), 0);
    FAIL() << "accepted";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("13 tokens is longer than the 12 learned"));
  }
}

}  // namespace
}  // namespace regard
