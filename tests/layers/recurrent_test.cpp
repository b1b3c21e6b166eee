#include "regard/layers/recurrent.h"

#include <cmath>

#include <gtest/gtest.h>
#include <torch/nn/modules/rnn.h>

#include "regard/tensor/torch.h"

#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::normal;
using torch::Tensor;

constexpr std::int64_t kIn = 3;
constexpr std::int64_t kRecurrentHidden = 4;
constexpr CellKind kCells[] = {CellKind::gru, CellKind::lstm};

RnnOptions options_of(CellKind cell, bool is_bidirectional = false,
                      DirectionMerge merge = DirectionMerge::concat) {
  RnnOptions options;
  options.cell = cell;
  options.bidirectional = is_bidirectional;
  options.merge = merge;
  return options;
}

/// In float64, every parameter drawn at random, the same for the same seed.
Recurrent random_layer(const RnnOptions& options, std::uint64_t seed = 1) {
  Recurrent layer(options, RecurrentSizes{kIn, kRecurrentHidden});
  test::randomise_parameters(*layer, seed);
  return layer;
}

/// LibTorch's module with the weights of ours.
template <class Module>
void copy_weights(const Recurrent& from, Module& to) {
  torch::NoGradGuard no_grad;
  const auto parameters = from->named_parameters();
  ASSERT_EQ(to->named_parameters().size(), parameters.size());
  for (auto& item : to->named_parameters()) {
    std::string name = item.key();  // "weight_ih_l0_reverse"
    name.erase(name.find("_l0"), 3);
    item.value().copy_(parameters[name]);
  }
}

/// A batch whose lengths differ, with one column that is padding in all rows, and absurd numbers in
/// the padding.
struct PaddedBatch {
  std::vector<std::int64_t> lengths = {2, 5, 1, 4};
  Tensor x = normal({4, 6, kIn}, 7);
  SequenceMask mask;

  PaddedBatch() {
    mask = make_sequence_mask(torch::tensor(lengths), 6);
    for (std::size_t i = 0; i < lengths.size(); ++i)
      padding_of(x, i).fill_(1e30);
  }
  Tensor padding_of(const Tensor& values, std::size_t i) const {
    return values[static_cast<std::int64_t>(i)].narrow(0, lengths[i], 6 - lengths[i]);
  }
  Tensor real_part(const Tensor& values, std::size_t i) const {
    return values.narrow(0, static_cast<std::int64_t>(i), 1).narrow(1, 0, lengths[i]);
  }
};

TEST(Recurrent, EqualsTheLibraryWithTheSameWeights) {
  const Tensor x = normal({3, 5, kIn}, 2);
  for (const bool is_bidirectional : {false, true}) {
    Recurrent gru = random_layer(options_of(CellKind::gru, is_bidirectional));
    torch::nn::GRU gru_of_library(torch::nn::GRUOptions(kIn, kRecurrentHidden)
                                      .batch_first(true)
                                      .bidirectional(is_bidirectional));
    gru_of_library->to(torch::kDouble);
    copy_weights(gru, gru_of_library);
    expect_near(gru->forward(x, {}), std::get<0>(gru_of_library->forward(x)), 1e-12);
    Recurrent lstm = random_layer(options_of(CellKind::lstm, is_bidirectional));
    torch::nn::LSTM lstm_of_library(torch::nn::LSTMOptions(kIn, kRecurrentHidden)
                                        .batch_first(true)
                                        .bidirectional(is_bidirectional));
    lstm_of_library->to(torch::kDouble);
    copy_weights(lstm, lstm_of_library);
    expect_near(lstm->forward(x, {}), std::get<0>(lstm_of_library->forward(x)), 1e-12);
  }
}

/// One step of a GRU by its equations, the reset gate after the product.
Tensor gru_by_hand(const Recurrent& layer, const Tensor& x, const Tensor& old) {
  const auto w = layer->named_parameters();
  const auto in = at::linear(x, w["weight_ih"], w["bias_ih"]).chunk(3, -1);
  const auto back = at::linear(old, w["weight_hh"], w["bias_hh"]).chunk(3, -1);
  const Tensor reset = at::sigmoid(in[0] + back[0]);
  const Tensor keep = at::sigmoid(in[1] + back[1]);
  return (1.0 - keep) * at::tanh(in[2] + reset * back[2]) + keep * old;
}

/// One step of an LSTM by its equations; gates i, f, g, o.
RecurrentState lstm_by_hand(const Recurrent& layer, const Tensor& x, const RecurrentState& old) {
  const auto w = layer->named_parameters();
  const auto gates = (at::linear(x, w["weight_ih"], w["bias_ih"]) +
                      at::linear(old.hidden, w["weight_hh"], w["bias_hh"]))
                         .chunk(4, -1);
  const Tensor cell = at::sigmoid(gates[1]) * old.cell + at::sigmoid(gates[0]) * at::tanh(gates[2]);
  return {at::sigmoid(gates[3]) * at::tanh(cell), cell};
}

TEST(Recurrent, OneStepFollowsTheEquations) {
  const Tensor x = normal({5, kIn}, 2);
  const RecurrentState first = {normal({5, kRecurrentHidden}, 3), normal({5, kRecurrentHidden}, 4)};
  const Recurrent gru = random_layer(options_of(CellKind::gru));
  RecurrentState state = {first.hidden, {}};
  expect_near(gru->step(x, state), gru_by_hand(gru, x, first.hidden), 1e-12);
  EXPECT_FALSE(state.cell.defined());
  const Recurrent lstm = random_layer(options_of(CellKind::lstm));
  state = first;
  const RecurrentState expected = lstm_by_hand(lstm, x, first);
  expect_near(lstm->step(x, state), expected.hidden, 1e-12);
  expect_near(state.hidden, expected.hidden, 1e-12);
  expect_near(state.cell, expected.cell, 1e-12);
}

TEST(Recurrent, AllWaysOfGoingThroughASequenceAgree) {
  const Tensor x = normal({3, 6, kIn}, 2);
  for (const CellKind cell : kCells) {
    SCOPED_TRACE(config::word_of(cell));
    const Recurrent layer = random_layer(options_of(cell));
    RecurrentState last;
    const Tensor expected = layer->forward(x, {}, &last);
    RecurrentState state = layer->zero_state(3, x);
    std::vector<Tensor> steps;
    for (const Tensor& position : x.unbind(1))
      steps.push_back(layer->step(position, state));
    expect_near(at::stack(steps, 1), expected, 1e-12);
    expect_near(state.hidden, last.hidden, 1e-12);
    state = layer->zero_state(3, x);
    const Tensor first = layer->forward_from(x.narrow(1, 0, 2), state);
    const Tensor second = layer->forward_from(x.narrow(1, 2, 4), state);
    expect_near(at::cat({first, second}, 1), expected, 1e-12);
    expect_near(state.hidden, last.hidden, 1e-12);
    EXPECT_EQ(state.cell.defined(), cell == CellKind::lstm);
    if (state.cell.defined()) expect_near(state.cell, last.cell, 1e-12);
  }
}

TEST(Recurrent, TwoDirectionsHaveNoSteps) {
  const Recurrent layer = random_layer(options_of(CellKind::gru, true));
  RecurrentState state = {at::zeros({2, kRecurrentHidden}, at::kDouble), {}};
  EXPECT_THROW(layer->step(normal({2, kIn}, 1), state), c10::Error);
  EXPECT_THROW(layer->forward_from(normal({2, 3, kIn}, 1), state), c10::Error);
}

TEST(Recurrent, APaddedBatchEqualsEachSentenceAlone) {
  const PaddedBatch batch;
  for (const CellKind cell : kCells) {
    for (const bool is_bidirectional : {false, true}) {
      for (const DirectionMerge merge : {DirectionMerge::concat, DirectionMerge::sum}) {
        SCOPED_TRACE(config::word_of(cell) + (is_bidirectional ? " both " : " one ") +
                     config::word_of(merge));
        const Recurrent layer = random_layer(options_of(cell, is_bidirectional, merge));
        RecurrentState last;
        const Tensor out = layer->forward(batch.x, batch.mask, &last);
        ASSERT_EQ(out.size(1), 6);
        for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
          RecurrentState last_alone;
          const Tensor alone = layer->forward(batch.real_part(batch.x, i), {}, &last_alone);
          const auto row = static_cast<std::int64_t>(i);
          expect_near(batch.real_part(out, i), alone, 1e-12);
          expect_near(last.hidden[row], last_alone.hidden[0], 1e-12);
          if (cell == CellKind::lstm) expect_near(last.cell[row], last_alone.cell[0], 1e-12);
          const Tensor padding = batch.padding_of(out, i);
          expect_identical(padding, at::zeros_like(padding));
        }
      }
    }
  }
}

TEST(Recurrent, LastStatesAreThoseOfTheTrueEnds) {
  const PaddedBatch batch;
  for (const CellKind cell : kCells) {
    SCOPED_TRACE(config::word_of(cell));
    RecurrentState last;
    const Tensor out = random_layer(options_of(cell, true))->forward(batch.x, batch.mask, &last);
    for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i);
      expect_near(last.hidden[row].narrow(0, 0, kRecurrentHidden),
                  out[row][batch.lengths[i] - 1].narrow(0, 0, kRecurrentHidden), 1e-14);
      expect_near(last.hidden[row].narrow(0, kRecurrentHidden, kRecurrentHidden),
                  out[row][0].narrow(0, kRecurrentHidden, kRecurrentHidden), 1e-14);
    }
    EXPECT_EQ(last.cell.defined(), cell == CellKind::lstm);
  }
}

TEST(Recurrent, EachDirectionSeesItsOwnSide) {
  const Tensor x = normal({2, 5, kIn}, 2);
  Tensor changed = x.clone();
  changed.select(1, 4).add_(1.0);
  for (const CellKind cell : kCells) {
    SCOPED_TRACE(config::word_of(cell));
    const Recurrent layer = random_layer(options_of(cell, true));
    const Tensor before = layer->forward(x, {}).select(1, 0);
    const Tensor after = layer->forward(changed, {}).select(1, 0);
    expect_identical(after.narrow(1, 0, kRecurrentHidden), before.narrow(1, 0, kRecurrentHidden));
    const Tensor change = (after - before).narrow(1, kRecurrentHidden, kRecurrentHidden).abs();
    EXPECT_GT(change.min().item<double>(), 0.0);
  }
}

TEST(Recurrent, MergeSumAddsTheHalvesOfConcat) {
  const PaddedBatch batch;
  for (const CellKind cell : kCells) {
    RecurrentState both_last;
    RecurrentState sum_last;
    const Tensor both = random_layer(options_of(cell, true, DirectionMerge::concat))
                            ->forward(batch.x, batch.mask, &both_last);
    const Tensor sum = random_layer(options_of(cell, true, DirectionMerge::sum))
                           ->forward(batch.x, batch.mask, &sum_last);
    ASSERT_EQ(both.size(-1), 2 * kRecurrentHidden);
    const auto halves = both.chunk(2, -1);
    expect_near(sum, halves[0] + halves[1], 1e-14);
    const auto last = both_last.hidden.chunk(2, -1);
    expect_near(sum_last.hidden, last[0] + last[1], 1e-14);
  }
}

TEST(Recurrent, StartsOrthogonalWithOpenForgetGates) {
  for (const CellKind cell : kCells) {
    SCOPED_TRACE(config::word_of(cell));
    Recurrent layer(options_of(cell, true), RecurrentSizes{kIn, kRecurrentHidden});
    initialise_parameters(*layer, 5);
    const auto parameters = layer->named_parameters();
    const double bound = std::sqrt(6.0 / (kIn + kRecurrentHidden));
    for (const std::string suffix : {"", "_reverse"}) {
      const auto gates = parameters["weight_hh" + suffix].split(kRecurrentHidden);
      ASSERT_EQ(gates.size(), cell == CellKind::lstm ? 4U : 3U);
      for (const Tensor& gate : gates)
        expect_near(at::matmul(gate, gate.t()), at::eye(kRecurrentHidden), 1e-5);
      EXPECT_FALSE(at::allclose(gates[0], gates[1]));
      const double largest = parameters["weight_ih" + suffix].abs().max().item<double>();
      EXPECT_LE(largest, bound);
      EXPECT_GT(largest, 0.7 * bound);
      Tensor bias = at::zeros({static_cast<std::int64_t>(gates.size()) * kRecurrentHidden});
      expect_identical(parameters["bias_hh" + suffix], bias);
      if (cell == CellKind::lstm) bias.narrow(0, kRecurrentHidden, kRecurrentHidden).fill_(1.0);
      expect_identical(parameters["bias_ih" + suffix], bias);
    }
    EXPECT_FALSE(at::allclose(parameters["weight_hh"], parameters["weight_hh_reverse"]));
  }
}

TEST(Recurrent, GradientsEqualCentralDifferences) {
  const Tensor x = normal({2, 3, kIn}, 2);
  const SequenceMask mask = make_sequence_mask(torch::tensor({2, 3}, torch::kInt64), 3);
  for (const CellKind cell : kCells) {
    for (const bool is_bidirectional : {false, true}) {
      SCOPED_TRACE(config::word_of(cell));
      Recurrent layer(options_of(cell, is_bidirectional), RecurrentSizes{kIn, 2});
      test::randomise_parameters(*layer, 3);
      const std::int64_t width = is_bidirectional ? 4 : 2;
      const Tensor weight = normal({2, 3, width}, 4);
      const Tensor last_weight = normal({2, 2, width}, 5);
      const auto loss = [&] {
        RecurrentState last;
        const Tensor out = layer->forward(x, mask, &last);
        const Tensor ends = (last.hidden * last_weight[0]).sum();
        const Tensor cells = last.cell.defined() ? (last.cell * last_weight[1]).sum() : 0.0 * ends;
        return (out * weight).sum() + ends + cells;
      };
      test::expect_gradients(loss, test::with_parameters({{"x", x}}, *layer), 1e-8);
    }
  }
}

}  // namespace
}  // namespace regard
