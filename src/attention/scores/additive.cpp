#include <cmath>

#include "regard/attention/strategies.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard::attention {

std::shared_ptr<Score> make_additive_of_features(const AttentionOptions& options,
                                                 const StrategySizes& sizes);

namespace {

/// score(q, k) = v . f(W q + U k + b), f = tanh: Bahdanau et al. 2015, appendix A.1.2. The "concat"
/// of Luong et al. 2015, section 3.1, is the same with [W U] as one matrix.
class Additive final : public Score, public Initialisable {
 public:
  Additive(const AttentionOptions& options, const StrategySizes& sizes)
      : activation_(options.activation) {
    const std::int64_t heads = options.heads;
    const std::int64_t hidden = options.hidden > 0 ? options.hidden : sizes.query;
    query_weight_ = register_parameter("query_weight", torch::zeros({heads, sizes.query, hidden}));
    key_weight_ = register_parameter("key_weight", torch::zeros({heads, sizes.key, hidden}));
    bias_ = register_parameter("bias", torch::zeros({heads, 1, hidden}));
    vector_ = register_parameter("vector", torch::zeros({heads, 1, hidden}));
  }

  torch::Tensor prepare_query(const torch::Tensor& query) const override {
    return at::matmul(query, query_weight_) + bias_;
  }
  torch::Tensor prepare_key(const torch::Tensor& key) const override {
    return at::matmul(key, key_weight_);
  }
  torch::Tensor match(const torch::Tensor& query, const torch::Tensor& key) const override {
    const torch::Tensor sum =
        query.unsqueeze(-2) + key.unsqueeze(-3);  // [.., queries, keys, hidden]
    const torch::Tensor hidden =
        activation_ == ScoreActivation::tanh ? at::tanh(sum) : at::elu(sum);
    return at::matmul(hidden, vector_.unsqueeze(1).transpose(-2, -1)).squeeze(-1);
  }
  std::optional<double> fused_scale() const override { return std::nullopt; }

  void initialise(at::Generator& generator) override {
    torch::NoGradGuard no_grad;
    const auto glorot = [&](torch::Tensor& weight, std::int64_t in, std::int64_t out) {
      const double bound = std::sqrt(6.0 / static_cast<double>(in + out));
      weight.uniform_(-bound, bound, generator);
    };
    glorot(query_weight_, query_weight_.size(1), query_weight_.size(2));
    glorot(key_weight_, key_weight_.size(1), key_weight_.size(2));
    glorot(vector_, vector_.size(2), 1);  // of zeros, W and U would get no gradient at first
    bias_.zero_();
  }

 private:
  ScoreActivation activation_;
  torch::Tensor query_weight_;  // [heads, query, hidden]
  torch::Tensor key_weight_;    // [heads, key, hidden]
  torch::Tensor bias_;          // [heads, 1, hidden]
  torch::Tensor vector_;        // [heads, 1, hidden]
};

}  // namespace

std::shared_ptr<Score> make_additive(const AttentionOptions& options, const StrategySizes& sizes) {
  if (options.granularity == Granularity::feature) return make_additive_of_features(options, sizes);
  return std::make_shared<Additive>(options, sizes);
}

}  // namespace regard::attention
