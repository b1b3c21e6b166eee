#pragma once

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "regard/engine/search.h"

namespace regard::test {

/// The same probabilities for every next token, whatever was read: what a search makes of them can
/// be worked out by hand.
class FixedScorer final : public StepScorer {
 public:
  explicit FixedScorer(const std::vector<double>& probabilities) {
    for (const double probability : probabilities)
      log_probabilities_.push_back(static_cast<float>(std::log(probability)));
  }

  void start(const TokenBatch& source) override { rows_ = source.size(); }
  ScoreRows next(Indices ids) override {
    if (std::ssize(ids) != rows_) throw std::logic_error("the search lost count of its rows");
    scores_.clear();
    for (std::int64_t row = 0; row < rows_; ++row)
      scores_.insert(scores_.end(), log_probabilities_.begin(), log_probabilities_.end());
    return {scores_.data(), rows_, std::ssize(log_probabilities_)};
  }
  void reorder(Indices rows) override { rows_ = std::ssize(rows); }
  void keep(Indices /*sentences*/, Indices rows) override { rows_ = std::ssize(rows); }

 private:
  std::vector<float> log_probabilities_;
  std::vector<float> scores_;
  std::int64_t rows_ = 0;
};

}  // namespace regard::test
