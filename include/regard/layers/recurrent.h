#pragma once

#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/attention/masks.h"
#include "regard/layers/layer_options.h"
#include "regard/tensor/initialise.h"

namespace regard {

/// What a recurrent layer remembers of each row.
struct RecurrentState {
  torch::Tensor hidden;  ///< [rows, width]
  torch::Tensor cell;    ///< [rows, width] of an LSTM; undefined otherwise
};

struct RecurrentSizes {
  std::int64_t in = 0;
  std::int64_t hidden = 0;  ///< of one direction
};

/// One recurrent layer, LibTorch's GRU or LSTM. Its GRU applies the reset gate after the product
/// with the old state, n = tanh(W x + r * (U h + b)), not before it as Cho et al. 2014 do.
class RecurrentImpl : public torch::nn::Module, public Initialisable {
 public:
  RecurrentImpl(const RnnOptions& options, const RecurrentSizes& sizes);

  /// From zero states over whole sequences: x [batch, positions, in] -> [batch, positions, out];
  /// where `mask` has padding, nothing of it is read and its outputs are 0 (an empty
  /// sentence is read as one pad). `last` receives the
  /// states after the last real position of each direction, joined as the outputs are.
  torch::Tensor forward(const torch::Tensor& x, const SequenceMask& mask,
                        RecurrentState* last = nullptr) const;

  /// Continues from `state`, one direction only: x [rows, positions, in] -> [rows, positions,
  /// hidden].
  torch::Tensor forward_from(const torch::Tensor& x, RecurrentState& state) const;

  /// One position: x [rows, in] -> [rows, hidden].
  torch::Tensor step(const torch::Tensor& x, RecurrentState& state) const;

  RecurrentState zero_state(std::int64_t rows, const torch::Tensor& like) const;

  /// Input maps Glorot uniform, recurrent maps orthogonal for each gate (Saxe et al. 2014), biases
  /// 0, and 1 for the forget gates of an LSTM (Jozefowicz et al. 2015).
  void initialise(at::Generator& generator) override;

 private:
  std::vector<torch::Tensor> run(const torch::Tensor& x, const RecurrentState& first) const;
  torch::Tensor join(const torch::Tensor& both) const;

  RnnOptions options_;
  RecurrentSizes sizes_;
  std::int64_t directions_;
  // For each direction weight_ih [gates * hidden, in], weight_hh [gates * hidden, hidden], bias_ih
  // and bias_hh [gates * hidden]; gates are r, z, n of a GRU and i, f, g, o of an LSTM.
  std::vector<torch::Tensor> weights_;
};
TORCH_MODULE(Recurrent);

}  // namespace regard
