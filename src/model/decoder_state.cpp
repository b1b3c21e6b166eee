#include "regard/model/decoder_state.h"

#include "regard/tensor/torch.h"

namespace regard {

void DecoderState::reorder(const torch::Tensor& rows) {
  for (SublayerState& sublayer : sublayers)
    sublayer.reorder(rows);
}

void DecoderState::keep(const torch::Tensor& sentences, const torch::Tensor& rows) {
  reorder(rows);
  for (SublayerState& sublayer : sublayers) {
    if (sublayer.memory.keys.defined()) sublayer.memory = sublayer.memory.select(sentences);
  }
}

}  // namespace regard
