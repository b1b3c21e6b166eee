#include <algorithm>

#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// Softmax over the keys within `window` of the query's own position, which for a query past the
/// end of a shorter source is the last key. Luong et al. 2015, section 3.2 ("monotonic").
class LocalMonotonic final : public Align {
 public:
  explicit LocalMonotonic(std::int64_t window) : window_(window) {}

  Alignment align(const AlignInput& input) const override {
    const torch::Tensor last = last_keys(input);  // [batch, 1]
    const torch::Tensor centre = at::minimum(input.positions.unsqueeze(0), last);
    const torch::Tensor key = at::arange(input.scores.size(-1), centre.options());
    // [batch, 1, queries, keys]
    const torch::Tensor is_near = (key - centre.unsqueeze(-1)).abs().le(window_).unsqueeze(1);
    return {masked_softmax(input.scores, combine_masks(input.allowed, is_near)), {}};
  }

 private:
  std::int64_t window_;
};

}  // namespace

std::shared_ptr<Align> make_local_m(const AttentionOptions& options, const StrategySizes&) {
  return std::make_shared<LocalMonotonic>(options.window);
}

}  // namespace regard::attention
