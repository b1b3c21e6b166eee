#include "regard/decode/step_scorer.h"

#include <torch/torch.h>

namespace regard {

using torch::Tensor;

void ModelScorer::start(const Sequences& source) {
  const Sequences local{source.ids.to(device_), source.lengths.to(device_)};
  state_ = model_.start(model_.encode(local, ForwardContext{}));
}

Tensor ModelScorer::next(const Tensor& ids) {
  const Tensor hidden = model_.step(ids.to(device_), state_);
  return at::log_softmax(model_.logits(hidden), -1, torch::kFloat32).to(torch::kCPU);
}

void ModelScorer::reorder(const Tensor& rows) {
  state_.reorder(rows.to(device_));
}

void ModelScorer::keep(const Tensor& sentences, const Tensor& rows) {
  state_.keep(sentences.to(device_), rows.to(device_));
}

}  // namespace regard
