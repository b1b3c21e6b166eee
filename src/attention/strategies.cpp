#include "regard/attention/strategies.h"

#include "regard/tensor/torch.h"

namespace regard::attention {

torch::Tensor Score::match(const torch::Tensor& query, const torch::Tensor& key) const {
  const auto scale = fused_scale();
  TORCH_CHECK(scale, "a score that is not a dot product must override match");
  return at::matmul(*scale == 1.0 ? query : query * *scale, key.transpose(-2, -1));
}

torch::Tensor Places::distances(const torch::Device& device) const {
  const auto options = at::TensorOptions().dtype(at::kLong).device(device);
  const torch::Tensor query = at::arange(first_query, first_query + queries, options);
  return at::arange(keys, options).unsqueeze(0) - query.unsqueeze(1);
}

torch::Tensor last_keys(const AlignInput& input) {
  // Without lengths nothing is padded: a decoder's own past.
  if (!input.lengths.defined())
    return at::full({1, 1}, input.scores.size(-1) - 1, input.positions.options());
  return (input.lengths - 1).clamp_min(0).unsqueeze(1);
}

}  // namespace regard::attention
