#include <cmath>

#include "regard/attention/strategies.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// Turns each pair (x_2i, x_2i+1) at position p by the angle p / 10000^(2i / head_dim), so that a
/// product of query and key depends on their distance alone. Su et al. 2021, eq. 34.
class Rotary final : public RelativePosition {
 public:
  explicit Rotary(std::int64_t head_dim) : head_dim_(head_dim) {
    TORCH_CHECK(head_dim % 2 == 0, "rope rotates pairs of features, but a head has ", head_dim,
                " features");
  }

  torch::Tensor turn(const torch::Tensor& x, std::int64_t first) const override {
    const std::int64_t positions = x.size(2);
    // In double: 10000 positions times a float rate would lose the fine angles.
    const auto options = at::TensorOptions(x.device()).dtype(at::kDouble);
    const torch::Tensor position = at::arange(first, first + positions, options);
    const torch::Tensor exponent = at::arange(0, head_dim_, 2, options) *
                                   (-std::log(10000.0) / static_cast<double>(head_dim_));
    const torch::Tensor angle = position.unsqueeze(1) * exponent.exp();  // [positions, pairs]
    const torch::Tensor cosine = angle.cos().to(x.scalar_type());
    const torch::Tensor sine = angle.sin().to(x.scalar_type());
    const torch::Tensor pairs = x.unflatten(-1, {head_dim_ / 2, 2});
    const torch::Tensor even = pairs.select(-1, 0);
    const torch::Tensor odd = pairs.select(-1, 1);
    return at::stack({even * cosine - odd * sine, even * sine + odd * cosine}, -1).flatten(-2);
  }

 private:
  std::int64_t head_dim_;
};

}  // namespace

std::shared_ptr<RelativePosition> make_rope(const AttentionOptions&, const StrategySizes& sizes) {
  return std::make_shared<Rotary>(sizes.query);
}

}  // namespace regard::attention
