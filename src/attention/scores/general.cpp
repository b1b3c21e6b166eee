#include <cmath>

#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// score(q, k) = q . W k, a matrix for each head. Luong et al. 2015, section 3.1 ("general").
class General final : public Score, public Initialisable {
 public:
  General(std::int64_t heads, const StrategySizes& sizes)
      : weight_(register_parameter("weight", torch::zeros({heads, sizes.query, sizes.key}))) {}

  torch::Tensor prepare_key(const torch::Tensor& key) const override {
    return at::matmul(key, weight_.transpose(-2, -1));
  }
  /// Glorot uniform (Glorot & Bengio 2010).
  void initialise(at::Generator& generator) override {
    torch::NoGradGuard no_grad;
    const double bound = std::sqrt(6.0 / static_cast<double>(weight_.size(1) + weight_.size(2)));
    weight_.uniform_(-bound, bound, generator);
  }

 private:
  torch::Tensor weight_;  // [heads, query, key]
};

}  // namespace

std::shared_ptr<Score> make_general(const AttentionOptions& options, const StrategySizes& sizes) {
  return std::make_shared<General>(options.heads, sizes);
}

}  // namespace regard::attention
