#include <cmath>

#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// The query predicts where to look, p = (S - 1) sigmoid(v . tanh(W h)) for S keys, and the softmax
/// over the keys within `window` of floor(p) is multiplied by a Gaussian around p of deviation
/// window / 2. Luong et al. 2015, section 3.2 ("predictive"), eq. 9 and 10. As in the authors'
/// program the last key can be reached, and the weights are not normalized again.
class LocalPredictive final : public Align, public Initialisable {
 public:
  LocalPredictive(std::int64_t window, std::int64_t dim)
      : window_(static_cast<double>(window)),
        weight_(register_parameter("weight", torch::zeros({dim, dim}))),
        vector_(register_parameter("vector", torch::zeros({dim}))) {}

  Alignment align(const AlignInput& input) const override {
    const torch::Tensor last = last_keys(input).to(input.scores.scalar_type());  // [batch, 1]
    const torch::Tensor hidden = at::tanh(at::linear(input.state, weight_));
    // [batch, queries]
    const torch::Tensor position = last * at::sigmoid(at::matmul(hidden, vector_));
    const torch::Tensor key = at::arange(input.scores.size(-1), position.options());
    const torch::Tensor p = position.unsqueeze(-1).unsqueeze(1);  // [batch, 1, queries, 1]
    const torch::Tensor is_near = (key - p.floor()).abs().le(window_);
    const torch::Tensor weights =
        masked_softmax(input.scores, combine_masks(input.allowed, is_near));
    const double deviation = window_ / 2.0;
    const torch::Tensor gaussian =
        at::exp((key - p).square() * (-1.0 / (2.0 * deviation * deviation)));
    Alignment result;
    result.weights = weights * gaussian;
    result.extras.position = position;
    return result;
  }

  /// Glorot uniform (Glorot & Bengio 2010).
  void initialise(at::Generator& generator) override {
    torch::NoGradGuard no_grad;
    const auto dim = static_cast<double>(weight_.size(0));
    weight_.uniform_(-std::sqrt(3.0 / dim), std::sqrt(3.0 / dim), generator);
    vector_.uniform_(-std::sqrt(6.0 / (dim + 1.0)), std::sqrt(6.0 / (dim + 1.0)), generator);
  }

 private:
  double window_;
  torch::Tensor weight_;  // [dim, dim]
  torch::Tensor vector_;  // [dim]
};

}  // namespace

std::shared_ptr<Align> make_local_p(const AttentionOptions& options, const StrategySizes& sizes) {
  return std::make_shared<LocalPredictive>(options.window, sizes.state);
}

}  // namespace regard::attention
