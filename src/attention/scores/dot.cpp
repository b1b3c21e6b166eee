#include <torch/torch.h>

#include "regard/attention/strategies.h"

namespace regard::attention {
namespace {

/// score(q, k) = q . k. Luong et al. 2015, eq. 8 ("dot").
class Dot final : public Score {
 public:
  torch::Tensor score(const torch::Tensor& query, const torch::Tensor& key) const override {
    return at::matmul(query, key.transpose(-2, -1));
  }
  std::optional<double> fused_scale(std::int64_t /*head_dim*/) const override { return 1.0; }
};

}  // namespace

Spec<Score> dot_spec() {
  return {"dot", "q . k",
          [](const AttentionOptions&, std::int64_t) { return std::make_shared<Dot>(); }};
}

}  // namespace regard::attention
