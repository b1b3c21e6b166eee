#include "regard/layers/feed_forward.h"

#include "regard/tensor/dropout.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

Tensor activate(Activation activation, const Tensor& x) {
  switch (activation) {
    case Activation::relu:
      return at::relu(x);
    case Activation::gelu:
      return at::gelu(x);
    case Activation::silu:
      return at::silu(x);
  }
  TORCH_CHECK(false, "unknown activation");
}

FeedForwardImpl::FeedForwardImpl(const FeedForwardOptions& options, std::int64_t dim,
                                 double dropout)
    : options_(options),
      dropout_(dropout),
      inner_(options.gated ? LinearOptions{dim, 2 * inner_width(options, dim), options.bias, 2}
                           : LinearOptions{dim, inner_width(options, dim), options.bias}),
      outer_(LinearOptions{inner_width(options, dim), dim, options.bias}) {
  register_module("inner", inner_);
  register_module("outer", outer_);
}

Tensor FeedForwardImpl::forward(const Tensor& x, const ForwardContext& context) const {
  Tensor hidden;
  if (options_.gated) {
    const auto parts = inner_->forward(x).chunk(2, -1);
    hidden = activate(options_.activation, parts[0]) * parts[1];
  } else if (options_.activation == Activation::relu) {
    hidden = inner_->forward_relu(x);
  } else {
    hidden = activate(options_.activation, inner_->forward(x));
  }
  return outer_->forward(regard::dropout(hidden, dropout_, context));
}

}  // namespace regard
