#include "regard/layers/embedding.h"

#include <cmath>

#include "regard/tensor/checks.h"
#include "regard/tensor/dropout.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

EmbeddingImpl::EmbeddingImpl(const EmbeddingOptions& options, const Tensor& tied)
    : weight(tied),
      options_(options),
      position_(options.position, options.dim, options.max_positions),
      is_tied_(tied.defined()) {
  if (is_tied_) {
    check_shape(tied, {options.vocabulary, options.dim}, "tied embedding [vocabulary, dim]");
  } else {
    weight = register_parameter("weight", torch::zeros({options.vocabulary, options.dim}));
  }
  register_module("position", position_);
}

void EmbeddingImpl::initialise(at::Generator& generator) {
  if (is_tied_) return;
  torch::NoGradGuard no_grad;
  weight.normal_(0.0, 1.0 / std::sqrt(static_cast<double>(options_.dim)), generator);
}

Tensor EmbeddingImpl::forward(const Tensor& ids, std::int64_t first,
                              const ForwardContext& context) {
  Tensor embedded = at::embedding(weight, ids);
  if (options_.is_scaled) embedded = embedded * std::sqrt(static_cast<double>(options_.dim));
  return dropout(position_->forward(embedded, first), options_.dropout, context);
}

}  // namespace regard
