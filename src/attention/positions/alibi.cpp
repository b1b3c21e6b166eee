#include <cmath>
#include <vector>

#include "regard/attention/strategies.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// 2^(-8 i / n) for i = 1 .. n, n a power of two; for other numbers of heads those of the power
/// below, and every other one of the power above, as in the authors' program.
std::vector<double> slopes(std::int64_t heads) {
  std::int64_t power = 1;
  while (2 * power <= heads)
    power *= 2;
  std::vector<double> slopes;
  for (std::int64_t i = 1; i <= power; ++i)
    slopes.push_back(std::exp2(-8.0 * static_cast<double>(i) / static_cast<double>(power)));
  for (std::int64_t i = 1; static_cast<std::int64_t>(slopes.size()) < heads; i += 2)
    slopes.push_back(std::exp2(-4.0 * static_cast<double>(i) / static_cast<double>(power)));
  return slopes;
}

/// -m |i - j| is added to the scores, with a fixed slope m for each head. Press et al. 2022,
/// section 3; the distance counts in both directions.
class LinearBias final : public RelativePosition {
 public:
  explicit LinearBias(std::int64_t heads) : slopes_(slopes(heads)) {}

  torch::Tensor bias(const torch::Tensor& query, const Places& places) const override {
    const torch::Tensor slope = at::tensor(slopes_, query.options().dtype(at::kDouble));
    const torch::Tensor distance = places.distances(query.device()).abs().to(at::kDouble);
    return (distance * -slope.view({1, -1, 1, 1})).to(query.scalar_type());
  }

 private:
  std::vector<double> slopes_;
};

}  // namespace

std::shared_ptr<RelativePosition> make_alibi(const AttentionOptions& options,
                                             const StrategySizes&) {
  return std::make_shared<LinearBias>(options.heads);
}

}  // namespace regard::attention
