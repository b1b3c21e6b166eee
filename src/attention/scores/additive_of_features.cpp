#include <cmath>

#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard::attention {
namespace {

/// A score for each feature c of the values: the multi-dimensional attention of Shen et al. 2018
/// (DiSAN).
///   score_c(q, k) = M_c . f(W q + U k + b)     its full form; a further bias would add the same to
///                                              every key
///   score_c(q, k) = (W q + U k + b)_c          with clip, which makes it the form that DiSAN uses
class AdditiveOfFeatures final : public Score, public Initialisable {
 public:
  AdditiveOfFeatures(const AttentionOptions& options, const StrategySizes& sizes)
      : activation_(options.activation), has_matrix_(options.clip == 0.0), features_(sizes.key) {
    const std::int64_t wanted = options.hidden > 0 ? options.hidden : sizes.query;
    const std::int64_t hidden = has_matrix_ ? wanted : features_;
    query_weight_ = register_parameter("query_weight", torch::zeros({sizes.query, hidden}));
    key_weight_ = register_parameter("key_weight", torch::zeros({sizes.key, hidden}));
    bias_ = register_parameter("bias", torch::zeros({hidden}));
    if (has_matrix_) matrix_ = register_parameter("matrix", torch::zeros({features_, hidden}));
  }

  torch::Tensor prepare_query(const torch::Tensor& query) const override {
    return at::matmul(query, query_weight_) + bias_;
  }
  torch::Tensor prepare_key(const torch::Tensor& key) const override {
    return at::matmul(key, key_weight_);
  }
  /// [batch, 1, queries, hidden], [batch, 1, keys, hidden] -> [batch, features, queries, keys]
  torch::Tensor match(const torch::Tensor& query, const torch::Tensor& key) const override {
    torch::Tensor sum = query.squeeze(1).unsqueeze(-2) + key.squeeze(1).unsqueeze(-3);
    if (has_matrix_) {
      const torch::Tensor hidden =
          activation_ == ScoreActivation::tanh ? at::tanh(sum) : at::elu(sum);
      sum = at::linear(hidden, matrix_);
    }
    return sum.permute({0, 3, 1, 2});
  }
  std::int64_t distributions(std::int64_t /*heads*/) const override { return features_; }
  std::optional<double> fused_scale() const override { return std::nullopt; }

  /// Glorot uniform (Glorot & Bengio 2010).
  void initialise(at::Generator& generator) override {
    torch::NoGradGuard no_grad;
    for (torch::Tensor* weight : {&query_weight_, &key_weight_, &matrix_}) {
      if (!weight->defined()) continue;
      const double bound = std::sqrt(6.0 / static_cast<double>(weight->size(0) + weight->size(1)));
      weight->uniform_(-bound, bound, generator);
    }
    bias_.zero_();
  }

 private:
  ScoreActivation activation_;
  bool has_matrix_;
  std::int64_t features_;
  torch::Tensor query_weight_;  // [query, hidden]
  torch::Tensor key_weight_;    // [key, hidden]
  torch::Tensor bias_;          // [hidden]
  torch::Tensor matrix_;        // [features, hidden]; undefined with clip
};

}  // namespace

std::shared_ptr<Score> make_additive_of_features(const AttentionOptions& options,
                                                 const StrategySizes& sizes) {
  return std::make_shared<AdditiveOfFeatures>(options, sizes);
}

}  // namespace regard::attention
