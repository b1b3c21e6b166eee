#include "regard/decode/module_model.h"
#include "regard/tensor/log_softmax.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

Tensor tensor_of(Indices values, const torch::Device& device) {
  return at::tensor(c10::IntArrayRef(values.data(), values.size()), at::kLong).to(device);
}

}  // namespace

void ModuleScorer::start(const TokenBatch& source) {
  const torch::NoGradGuard no_grad;
  state_ = model_.start(model_.encode(to_sequences(source).to(model_.device()), ForwardContext{}));
}

ScoreRows ModuleScorer::next(Indices ids) {
  const torch::NoGradGuard no_grad;
  const Tensor hidden = model_.step(tensor_of(ids, model_.device()), state_);
  scores_ = log_softmax_of(model_.logits(hidden)).to(torch::kCPU, torch::kFloat32).contiguous();
  return {scores_.mutable_data_ptr<float>(), scores_.size(0), scores_.size(1)};
}

void ModuleScorer::reorder(Indices rows) {
  const torch::NoGradGuard no_grad;
  state_.reorder(tensor_of(rows, model_.device()));
}

void ModuleScorer::keep(Indices sentences, Indices rows) {
  const torch::NoGradGuard no_grad;
  state_.keep(tensor_of(sentences, model_.device()), tensor_of(rows, model_.device()));
}

Sequences to_sequences(const TokenBatch& batch) {
  std::vector<TokenSpan> sentences;
  for (std::int64_t i = 0; i < batch.size(); ++i)
    sentences.push_back(batch.sentence(i));
  return pad_sequences(sentences, -1, -1, batch.pad);
}

TokenBatch to_token_batch(const Sequences& sequences) {
  const Tensor ids = sequences.ids.to(at::kCPU).contiguous();
  const Tensor lengths = sequences.lengths.to(at::kCPU).contiguous();
  const auto* id = ids.const_data_ptr<std::int64_t>();
  TokenBatch batch;
  for (std::int64_t i = 0; i < ids.size(0); ++i, id += ids.size(1)) {
    batch.ids.insert(batch.ids.end(), id, id + lengths.const_data_ptr<std::int64_t>()[i]);
    batch.first.push_back(std::ssize(batch.ids));
  }
  return batch;
}

}  // namespace regard
