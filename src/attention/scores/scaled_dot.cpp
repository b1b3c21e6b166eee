#include <cmath>

#include "regard/attention/strategies.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// score(q, k) = q . k / sqrt(head_dim): the variance stays 1 whatever the width. Vaswani et al.
/// 2017, eq. 1.
class ScaledDot final : public Score {
 public:
  explicit ScaledDot(std::int64_t head_dim)
      : scale_(1.0 / std::sqrt(static_cast<double>(head_dim))) {}
  std::optional<double> fused_scale() const override { return scale_; }

 private:
  double scale_;
};

}  // namespace

std::shared_ptr<Score> make_scaled_dot(const AttentionOptions&, const StrategySizes& sizes) {
  return std::make_shared<ScaledDot>(sizes.query);
}

}  // namespace regard::attention
