#include "regard/layers/recurrent.h"

#include <cmath>

#include "regard/tensor/checks.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

RecurrentImpl::RecurrentImpl(const RnnOptions& options, const RecurrentSizes& sizes)
    : options_(options), sizes_(sizes), directions_(options.bidirectional ? 2 : 1) {
  const std::int64_t rows = (options.cell == CellKind::lstm ? 4 : 3) * sizes.hidden;
  for (const char* suffix : {"", "_reverse"}) {
    if (suffix[0] != '\0' && directions_ == 1) break;
    const auto add = [&](const char* name, at::IntArrayRef shape) {
      weights_.push_back(register_parameter(std::string(name) + suffix, torch::zeros(shape)));
    };
    add("weight_ih", {rows, sizes.in});
    add("weight_hh", {rows, sizes.hidden});
    add("bias_ih", {rows});
    add("bias_hh", {rows});
  }
}

RecurrentState RecurrentImpl::zero_state(std::int64_t rows, const Tensor& like) const {
  const Tensor zeros = at::zeros({rows, sizes_.hidden}, like.options());
  return {zeros, options_.cell == CellKind::lstm ? zeros : Tensor()};
}

/// [.., 2 * hidden] -> what the options make of two directions.
Tensor RecurrentImpl::join(const Tensor& both) const {
  if (directions_ == 1 || options_.merge == DirectionMerge::concat) return both;
  const auto parts = both.chunk(2, -1);
  return parts[0] + parts[1];
}

/// Outputs, last hidden states [directions, rows, hidden], and those of the cells.
std::vector<Tensor> RecurrentImpl::run(const Tensor& x, const RecurrentState& first) const {
  if (options_.cell == CellKind::gru) {
    const auto [out, hidden] = at::gru(x, first.hidden, weights_, true, 1, 0.0, false,
                                       directions_ == 2, /*batch_first=*/true);
    return {out, hidden};
  }
  const auto [out, hidden, cell] = at::lstm(x, {first.hidden, first.cell}, weights_, true, 1, 0.0,
                                            false, directions_ == 2, /*batch_first=*/true);
  return {out, hidden, cell};
}

namespace {

/// Sentences by decreasing length, as packing requires.
struct Packing {
  Tensor order;    // [batch], int64, on the device of the data
  Tensor inverse;  // back
  Tensor lengths;  // in this order, on the CPU
};

Packing pack_order(const Tensor& lengths, const torch::Device& device) {
  // An empty sentence is read as one pad; nothing attends to what comes of it.
  const auto [sorted, order] = lengths.to(at::kCPU).clamp_min(1).sort(0, /*descending=*/true);
  return {order.to(device), order.argsort().to(device), sorted};
}

}  // namespace

Tensor RecurrentImpl::forward(const Tensor& x, const SequenceMask& mask,
                              RecurrentState* last) const {
  check_shape(x, {-1, -1, sizes_.in}, "recurrent input [batch, positions, in]");
  const Tensor zeros = at::zeros({directions_, x.size(0), sizes_.hidden}, x.options());
  Tensor out;
  Tensor hidden;
  Tensor cell;
  if (!mask.allowed.defined()) {
    const std::vector<Tensor> result = run(x, {zeros, zeros});
    out = result[0];
    hidden = result[1];
    if (result.size() > 2) cell = result[2];
  } else {
    const Packing packing = pack_order(mask.lengths, x.device());
    const auto [data, sizes] = at::_pack_padded_sequence(x.index_select(0, packing.order),
                                                         packing.lengths, /*batch_first=*/true);
    Tensor packed;
    if (options_.cell == CellKind::gru) {
      std::tie(packed, hidden) =
          at::gru(data, sizes, zeros, weights_, true, 1, 0.0, false, directions_ == 2);
    } else {
      std::tie(packed, hidden, cell) =
          at::lstm(data, sizes, {zeros, zeros}, weights_, true, 1, 0.0, false, directions_ == 2);
      cell = cell.index_select(1, packing.inverse);
    }
    const auto unpacked = at::_pad_packed_sequence(packed, sizes, /*batch_first=*/true, 0.0,
                                                   /*total_length=*/x.size(1));
    out = std::get<0>(unpacked).index_select(0, packing.inverse);
    hidden = hidden.index_select(1, packing.inverse);
  }
  if (last != nullptr) {
    const auto side_by_side = [&](const Tensor& states) {
      return join(states.transpose(0, 1).flatten(1));
    };
    *last = {side_by_side(hidden), cell.defined() ? side_by_side(cell) : Tensor()};
  }
  return join(out);
}

Tensor RecurrentImpl::forward_from(const Tensor& x, RecurrentState& state) const {
  TORCH_CHECK(directions_ == 1, "a bidirectional recurrent layer cannot continue from a state");
  const RecurrentState first = {state.hidden.unsqueeze(0),
                                state.cell.defined() ? state.cell.unsqueeze(0) : Tensor()};
  const std::vector<Tensor> result = run(x, first);
  state = {result[1].squeeze(0), result.size() > 2 ? result[2].squeeze(0) : Tensor()};
  return result[0];
}

Tensor RecurrentImpl::step(const Tensor& x, RecurrentState& state) const {
  TORCH_CHECK(directions_ == 1, "a bidirectional recurrent layer has no steps");
  if (options_.cell == CellKind::gru) {
    state.hidden =
        at::gru_cell(x, state.hidden, weights_[0], weights_[1], weights_[2], weights_[3]);
  } else {
    std::tie(state.hidden, state.cell) = at::lstm_cell(x, {state.hidden, state.cell}, weights_[0],
                                                       weights_[1], weights_[2], weights_[3]);
  }
  return state.hidden;
}

void RecurrentImpl::initialise(at::Generator& generator) {
  torch::NoGradGuard no_grad;
  const std::int64_t hidden = sizes_.hidden;
  const double bound = std::sqrt(6.0 / static_cast<double>(sizes_.in + hidden));
  for (std::size_t i = 0; i < weights_.size(); i += 4) {
    weights_[i].uniform_(-bound, bound, generator);
    for (Tensor gate : weights_[i + 1].split(hidden)) {
      const Tensor drawn = at::empty_like(gate).normal_(0.0, 1.0, generator);
      const auto [q, r] = at::linalg_qr(drawn);
      gate.copy_(q * r.diagonal().sign());  // uniform over the orthogonal matrices
    }
    weights_[i + 2].zero_();
    weights_[i + 3].zero_();
    if (options_.cell == CellKind::lstm) weights_[i + 2].narrow(0, hidden, hidden).fill_(1.0);
  }
}

}  // namespace regard
