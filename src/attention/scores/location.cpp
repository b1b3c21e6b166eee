#include <cmath>

#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// score(q, k_j) = (W q)_j: depends on the query alone, for the first `max_source` positions.
/// Luong et al. 2015, section 3.1, eq. 8 ("location").
class Location final : public Score, public Initialisable {
 public:
  Location(std::int64_t max_source, std::int64_t query)
      : weight_(register_parameter("weight", torch::zeros({max_source, query}))) {}

  /// [batch, 1, queries, query] -> [batch, 1, queries, max_source]
  torch::Tensor prepare_query(const torch::Tensor& query) const override {
    return at::linear(query, weight_);
  }
  torch::Tensor match(const torch::Tensor& query, const torch::Tensor& key) const override {
    const std::int64_t keys = key.size(2);
    const std::int64_t known = std::min(keys, weight_.size(0));
    const torch::Tensor scores = query.narrow(-1, 0, known);
    return at::constant_pad_nd(scores, {0, keys - known}, 0.0);  // max_keys() masks the rest
  }
  std::optional<std::int64_t> max_keys() const override { return weight_.size(0); }
  std::optional<double> fused_scale() const override { return std::nullopt; }

  /// Glorot uniform (Glorot & Bengio 2010).
  void initialise(at::Generator& generator) override {
    torch::NoGradGuard no_grad;
    const double bound = std::sqrt(6.0 / static_cast<double>(weight_.size(0) + weight_.size(1)));
    weight_.uniform_(-bound, bound, generator);
  }

 private:
  torch::Tensor weight_;  // [max_source, query]
};

}  // namespace

std::shared_ptr<Score> make_location(const AttentionOptions& options, const StrategySizes& sizes) {
  return std::make_shared<Location>(options.max_source, sizes.query);
}

}  // namespace regard::attention
