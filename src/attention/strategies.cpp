#include "regard/attention/strategies.h"

#include <torch/torch.h>

namespace regard::attention {

torch::Tensor Score::match(const torch::Tensor& query, const torch::Tensor& key) const {
  const auto scale = fused_scale();
  TORCH_CHECK(scale, "a score that is no product must say how it matches");
  return at::matmul(*scale == 1.0 ? query : query * *scale, key.transpose(-2, -1));
}

}  // namespace regard::attention
