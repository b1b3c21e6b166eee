#include "regard/decode/step_scorer.h"

#include <cmath>

#include "regard/tensor/log_softmax.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

void ModelScorer::start(const Sequences& source) {
  state_ = model_.start(model_.encode(source.to(device_), ForwardContext{}));
}

Tensor ModelScorer::next(const Tensor& ids) {
  const Tensor hidden = model_.step(ids.to(device_), state_);
  return log_softmax_of(model_.logits(hidden)).to(torch::kCPU);
}

void ModelScorer::reorder(const Tensor& rows) {
  state_.reorder(rows.to(device_));
}

void ModelScorer::keep(const Tensor& sentences, const Tensor& rows) {
  state_.keep(sentences.to(device_), rows.to(device_));
}

void TimedScorer::start(const Sequences& source) {
  const ProfileSpan span(profile_, "encoder");
  inner_.start(source);
}

Tensor TimedScorer::next(const Tensor& ids) {
  const ProfileSpan span(profile_, "decoder step");
  return inner_.next(ids);
}

void TimedScorer::reorder(const Tensor& rows) {
  const ProfileSpan span(profile_, "reordering");
  inner_.reorder(rows);
}

void TimedScorer::keep(const Tensor& sentences, const Tensor& rows) {
  const ProfileSpan span(profile_, "reordering");
  inner_.keep(sentences, rows);
}

void EnsembleScorer::start(const Sequences& source) {
  for (std::size_t i = 0; i < members_.size(); ++i)
    members_[i]->start(sources_.empty() ? source : sources_[i]);
}

Tensor EnsembleScorer::next(const Tensor& ids) {
  std::vector<Tensor> log_probabilities;
  for (const auto& member : members_)
    log_probabilities.push_back(member->next(ids));
  const double count = static_cast<double>(members_.size());
  return at::stack(log_probabilities).logsumexp(0).sub_(std::log(count));
}

void EnsembleScorer::reorder(const Tensor& rows) {
  for (const auto& member : members_)
    member->reorder(rows);
}

void EnsembleScorer::keep(const Tensor& sentences, const Tensor& rows) {
  for (const auto& member : members_)
    member->keep(sentences, rows);
}

}  // namespace regard
