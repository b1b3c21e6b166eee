#include "regard/layers/convolution.h"

#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

ConvolutionImpl::ConvolutionImpl(const ConvOptions& options, std::int64_t dim) : options_(options) {
  const std::int64_t inner = options.hidden > 0 ? options.hidden : dim;
  std::int64_t width = dim;
  for (std::size_t i = 0; i < options.kernels.size(); ++i) {
    const std::int64_t next = i + 1 < options.kernels.size() ? inner : dim;
    const std::int64_t gated = options.glu ? 2 : 1;
    maps_.push_back(register_module(
        str("map_", i),
        Linear(LinearOptions{options.kernels[i] * width, gated * next, true, gated})));
    width = next;
  }
}

/// [B, positions + kernel - 1, width] -> [B, positions, next width]
Tensor ConvolutionImpl::apply(std::size_t i, const Tensor& padded) const {
  const std::int64_t kernel = options_.kernels[i];
  const Tensor windows = padded.unfold(1, kernel, 1).transpose(-2, -1).flatten(2);
  const Tensor y = maps_[i]->forward(windows);
  return options_.glu ? at::glu(y, -1) : at::relu(y);
}

Tensor ConvolutionImpl::forward(const Tensor& x, const SequenceMask& mask) const {
  Tensor y = x;
  // [B, positions, 1]
  const Tensor is_pad =
      mask.allowed.defined() ? mask.allowed.squeeze(1).transpose(1, 2).logical_not() : Tensor();
  for (std::size_t i = 0; i < maps_.size(); ++i) {
    if (is_pad.defined()) y = y.masked_fill(is_pad, 0.0);
    const std::int64_t around = options_.kernels[i] - 1;
    const std::int64_t before = options_.causal ? around : around / 2;
    y = apply(i, at::constant_pad_nd(y, {0, 0, before, around - before}, 0.0));
  }
  return y;
}

Tensor ConvolutionImpl::forward_from(const Tensor& x, std::vector<Tensor>& past) const {
  TORCH_CHECK(options_.causal, "a convolution that is not causal cannot run step by step");
  Tensor y = x;
  const bool is_start = past.empty();
  for (std::size_t i = 0; i < maps_.size(); ++i) {
    const std::int64_t around = options_.kernels[i] - 1;
    if (is_start) past.push_back(at::zeros({y.size(0), around, y.size(2)}, y.options()));
    const Tensor seen = at::cat({past[i], y}, 1);
    past[i] = seen.narrow(1, seen.size(1) - around, around);
    y = apply(i, seen);
  }
  return y;
}

}  // namespace regard
