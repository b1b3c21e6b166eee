#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

constexpr double kFirstScale =
    10.0;  // at 1 a perfect match among 30 keys would get a weight of 0.09
constexpr double kEpsilon = 1e-8;

torch::Tensor direction(const torch::Tensor& x) {
  return x / x.norm(2, {-1}, /*keepdim=*/true).clamp_min(kEpsilon);
}

/// score(q, k) = s q . k / (|q| |k|) with a learned scale s for each head (Graves et al. 2014, eq.
/// 5 and 6, with s for the key strength).
class Cosine final : public Score, public Initialisable {
 public:
  explicit Cosine(std::int64_t heads)
      : scale_(register_parameter("scale", torch::zeros({heads, 1, 1}))) {}

  torch::Tensor prepare_query(const torch::Tensor& query) const override {
    return direction(query) * scale_;
  }
  torch::Tensor prepare_key(const torch::Tensor& key) const override { return direction(key); }
  void initialise(at::Generator& /*generator*/) override {
    torch::NoGradGuard no_grad;
    scale_.fill_(kFirstScale);
  }

 private:
  torch::Tensor scale_;  // [heads, 1, 1]
};

}  // namespace

std::shared_ptr<Score> make_cosine(const AttentionOptions& options, const StrategySizes&) {
  return std::make_shared<Cosine>(options.heads);
}

}  // namespace regard::attention
