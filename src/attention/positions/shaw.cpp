#include <cmath>

#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// Learned vectors for each distance d = clip(j - i, -K, K): score q . (k + a_d), value v + b_d.
/// Shaw et al. 2018, eq. 3 and 4. All heads share them. Distances are looked up in products with
/// the 2 K + 1 vectors, so nothing of size queries x keys x head_dim exists.
class LearnedDistances final : public RelativePosition, public Initialisable {
 public:
  LearnedDistances(std::int64_t max_distance, std::int64_t head_dim)
      : max_distance_(max_distance),
        keys_(register_parameter("keys", torch::zeros({2 * max_distance + 1, head_dim}))),
        values_(register_parameter("values", torch::zeros({2 * max_distance + 1, head_dim}))) {}

  torch::Tensor bias(const torch::Tensor& query, const Places& places) const override {
    const torch::Tensor products = at::linear(query, keys_);  // [B, H, T, 2 K + 1]
    return products.gather(-1, bucket_of_pairs(products, places));
  }
  torch::Tensor context(const torch::Tensor& weights, const Places& places) const override {
    const torch::Tensor empty = at::zeros(
        {weights.size(0), weights.size(1), weights.size(2), keys_.size(0)}, weights.options());
    const torch::Tensor sums = empty.scatter_add(-1, bucket_of_pairs(weights, places), weights);
    return at::matmul(sums, values_);
  }
  bool is_fusable() const override { return false; }

  /// Glorot uniform (Glorot & Bengio 2010).
  void initialise(at::Generator& generator) override {
    torch::NoGradGuard no_grad;
    const double bound = std::sqrt(6.0 / static_cast<double>(keys_.size(0) + keys_.size(1)));
    keys_.uniform_(-bound, bound, generator);
    values_.uniform_(-bound, bound, generator);
  }

 private:
  /// [B, H, T, S] of like's batch and heads: which vector each pair of positions has.
  torch::Tensor bucket_of_pairs(const torch::Tensor& like, const Places& places) const {
    const torch::Tensor bucket =
        places.distances(like.device()).clamp(-max_distance_, max_distance_) + max_distance_;
    return bucket.expand({like.size(0), like.size(1), -1, -1});
  }

  std::int64_t max_distance_;
  torch::Tensor keys_;    // [2 K + 1, head_dim]
  torch::Tensor values_;  // [2 K + 1, head_dim]
};

}  // namespace

std::shared_ptr<RelativePosition> make_shaw(const AttentionOptions& options,
                                            const StrategySizes& sizes) {
  return std::make_shared<LearnedDistances>(options.max_distance, sizes.query);
}

}  // namespace regard::attention
