#include <cmath>

#include <torch/torch.h>

#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"

namespace regard::attention {
namespace {

/// score(q, k) = q . W k, a matrix for each head. Luong et al. 2015, eq. 8 ("general").
class General final : public Score, public Initialisable {
 public:
  General(std::int64_t heads, std::int64_t head_dim)
      : weight_(register_parameter("weight", torch::zeros({heads, head_dim, head_dim}))) {}

  torch::Tensor prepare_key(const torch::Tensor& key) const override {
    return at::matmul(key, weight_.transpose(-2, -1));
  }
  /// Glorot uniform (Glorot & Bengio 2010).
  void initialise(at::Generator& generator) override {
    torch::NoGradGuard no_grad;
    const double bound = std::sqrt(3.0 / static_cast<double>(weight_.size(-1)));
    weight_.uniform_(-bound, bound, generator);
  }

 private:
  torch::Tensor weight_;  // [heads, head_dim, head_dim]
};

}  // namespace

Spec<Score> general_spec() {
  return {"general", "q . W k", [](const AttentionOptions& options, std::int64_t head_dim) {
            return std::make_shared<General>(options.heads, head_dim);
          }};
}

}  // namespace regard::attention
