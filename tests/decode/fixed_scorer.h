#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "regard/decode/search.h"
#include "regard/tensor/torch.h"

namespace regard::test {

/// The same probabilities for every next token, whatever was read: what a search makes of them can
/// be worked out by hand.
class FixedScorer final : public StepScorer {
 public:
  explicit FixedScorer(const std::vector<double>& probabilities)
      : log_probabilities_(at::tensor(probabilities, at::kDouble).log().to(at::kFloat)) {}

  void start(const Sequences& source) override { rows_ = source.ids.size(0); }
  torch::Tensor next(const torch::Tensor& ids) override {
    TORCH_CHECK(ids.numel() == rows_, "the search lost count of its rows");
    return log_probabilities_.repeat({rows_, 1});
  }
  void reorder(const torch::Tensor& rows) override { rows_ = rows.numel(); }
  void keep(const torch::Tensor& /*sentences*/, const torch::Tensor& rows) override {
    rows_ = rows.numel();
  }

 private:
  torch::Tensor log_probabilities_;
  std::int64_t rows_ = 0;
};

}  // namespace regard::test
