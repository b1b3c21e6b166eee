#include <cmath>

#include <torch/torch.h>

#include "regard/attention/strategies.h"

namespace regard::attention {
namespace {

/// score(q, k) = q . k / sqrt(head_dim): the variance stays 1 whatever the width. Vaswani et al.
/// 2017, eq. 1.
class ScaledDot final : public Score {
 public:
  torch::Tensor score(const torch::Tensor& query, const torch::Tensor& key) const override {
    return at::matmul(query * *fused_scale(query.size(-1)), key.transpose(-2, -1));
  }
  std::optional<double> fused_scale(std::int64_t head_dim) const override {
    return 1.0 / std::sqrt(static_cast<double>(head_dim));
  }
};

}  // namespace

Spec<Score> scaled_dot_spec() {
  return {"scaled_dot", "q . k / sqrt(head_dim)",
          [](const AttentionOptions&, std::int64_t) { return std::make_shared<ScaledDot>(); }};
}

}  // namespace regard::attention
