#include "align/pair_table.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "align/blocks.h"
#include "align/pair_survey.h"

namespace regard {
namespace {

constexpr std::int64_t kFormsInBlock = 64;
constexpr std::int32_t kFree = -1;

/// Key, two probabilities and two counts.
constexpr std::uint64_t kBytesOfPlace = 4 + 2 * 4 + 2 * 8;

/// Two thirds full, and never without a free place, which ends a search.
std::uint64_t places_for(std::uint64_t pairs) {
  return pairs + pairs / 2 + 1;
}

using Histogram = std::array<std::int64_t, PairSurvey::kLevels>;

/// The pairs of all source forms by level.
class LevelCount {
 public:
  LevelCount(const PairSurvey& survey, int num_threads)
      : survey_(survey), threads_(num_threads, Histogram{}), pairs_(survey.num_source_forms()) {}

  /// Counts the partners up to `level` of each source form.
  void count(int level) {
    for (Histogram& histogram : threads_)
      histogram.fill(0);
    std::vector<PairSurvey::Partners> partners(threads_.size(), PairSurvey::Partners(survey_));
    const BlockPlan plan{survey_.num_source_forms(), kFormsInBlock,
                         static_cast<int>(threads_.size())};
    run_blocks(plan, [&](const Block& block) {
      for (std::int64_t form = block.begin; form < block.end; ++form) {
        const auto source = static_cast<std::int32_t>(form);
        pairs_[source] = 0;
        for (const std::int32_t target : partners[block.thread].of(source)) {
          const int its = partners[block.thread].level(target);
          ++threads_[block.thread][its];
          if (its <= level) ++pairs_[source];
        }
      }
    });
  }

  /// The highest level at which all pairs up to it fit; at least 0.
  int highest(std::uint64_t max_bytes) const {
    std::uint64_t pairs = 0;
    for (int level = 0; level < PairSurvey::kLevels; ++level) {
      for (const Histogram& histogram : threads_)
        pairs += histogram[level];
      if (places_for(pairs) * kBytesOfPlace > max_bytes) return std::max(0, level - 1);
    }
    return PairSurvey::kLevels - 1;
  }

  std::int64_t total() const {
    std::int64_t sum = 0;
    for (const Histogram& histogram : threads_) {
      for (const std::int64_t count : histogram)
        sum += count;
    }
    return sum;
  }

  const std::vector<std::uint64_t>& pairs() const { return pairs_; }

 private:
  const PairSurvey& survey_;
  std::vector<Histogram> threads_;
  std::vector<std::uint64_t> pairs_;
};

/// psi(x) for x > 0, by its recurrence and the asymptotic series (Abramowitz and Stegun 6.3.5,
/// 6.3.18); exact to 1e-8 or better.
double digamma(double x) {
  double result = 0;
  for (; x < 7; ++x)
    result -= 1 / x;
  x -= 0.5;
  const double square = 1 / (x * x);
  return result + std::log(x) + square * (1.0 / 24 - square * (7.0 / 960 - square * (31.0 / 8064)));
}

/// How counts become probabilities; see PairTable::estimate().
class Estimator {
 public:
  Estimator(double alpha, std::uint64_t sum, std::int64_t num_pairs) : alpha_(alpha) {
    const double total = static_cast<double>(sum) / kOne;
    if (alpha_ > 0)
      total_ = digamma(total + alpha_ * static_cast<double>(num_pairs));
    else
      total_ = total > 0 ? 1 / total : 0;
  }

  float operator()(std::uint64_t count) const {
    const double mean = static_cast<double>(count) / kOne;
    const double value = alpha_ > 0 ? std::exp(digamma(mean + alpha_) - total_) : mean * total_;
    return static_cast<float>(std::max(value, kSmallest));
  }

 private:
  static constexpr double kOne = 4294967296.0;
  static constexpr double kSmallest = 1e-12;

  double alpha_;
  double total_ = 0;
};

}  // namespace

PairTable::PairTable(const ParallelText& text, const Options& options) {
  const PairSurvey survey(text);
  LevelCount levels(survey, options.num_threads);
  int level = PairSurvey::kLevels - 1;
  levels.count(level);
  const std::int64_t all = levels.total();
  if (options.max_bytes > 0) level = levels.highest(options.max_bytes);
  if (level < PairSurvey::kLevels - 1) levels.count(level);
  rows_.push_back(0);
  for (const std::uint64_t pairs : levels.pairs()) {
    rows_.push_back(rows_.back() + places_for(pairs));
    num_pairs_ += static_cast<std::int64_t>(pairs);
  }
  num_left_out_ = all - num_pairs_;
  keys_.assign(rows_.back(), kFree);
  std::vector<PairSurvey::Partners> partners(options.num_threads, PairSurvey::Partners(survey));
  const BlockPlan plan{survey.num_source_forms(), kFormsInBlock, options.num_threads};
  run_blocks(plan, [&](const Block& block) {
    for (std::int64_t source = block.begin; source < block.end; ++source) {
      const std::uint64_t capacity = rows_[source + 1] - rows_[source];
      PairSurvey::Partners& mine = partners[block.thread];
      for (const std::int32_t target : mine.of(static_cast<std::int32_t>(source))) {
        if (mine.level(target) > level) continue;
        std::uint64_t at = first_place(target, capacity);
        while (keys_[rows_[source] + at] != kFree)
          at = at + 1 == capacity ? 0 : at + 1;
        keys_[rows_[source] + at] = target;
      }
    }
  });
  for (const int direction : {0, 1}) {
    const std::int32_t forms =
        direction == 0 ? survey.num_target_forms() : survey.num_source_forms();
    probabilities_[direction].assign(keys_.size(), 1);
    counts_[direction].assign(keys_.size(), 0);
    null_probabilities_[direction].assign(forms, 1);
    null_counts_[direction].assign(forms, 0);
  }
}

void PairTable::estimate_forward(double alpha, int num_threads) {
  const BlockPlan plan{static_cast<std::int64_t>(rows_.size()) - 1, kFormsInBlock, num_threads};
  run_blocks(plan, [&](const Block& block) {
    for (std::int64_t source = block.begin; source < block.end; ++source) {
      std::uint64_t sum = 0;
      std::int64_t pairs = 0;
      for (std::uint64_t at = rows_[source]; at < rows_[source + 1]; ++at) {
        sum += counts_[0][at];
        pairs += keys_[at] != kFree;
      }
      const Estimator estimator(alpha, sum, pairs);
      for (std::uint64_t at = rows_[source]; at < rows_[source + 1]; ++at) {
        if (keys_[at] != kFree) probabilities_[0][at] = estimator(counts_[0][at]);
        counts_[0][at] = 0;
      }
    }
  });
}

void PairTable::estimate_reverse(double alpha, int num_threads) {
  std::vector<std::uint64_t> sums(null_counts_[0].size());
  std::vector<std::int64_t> pairs(sums.size());
  for (std::size_t at = 0; at < keys_.size(); ++at) {
    if (keys_[at] == kFree) continue;
    sums[keys_[at]] += counts_[1][at];
    ++pairs[keys_[at]];
  }
  std::vector<Estimator> estimators;
  for (std::size_t form = 0; form < sums.size(); ++form)
    estimators.emplace_back(alpha, sums[form], pairs[form]);
  constexpr std::int64_t kPlacesInBlock = 65536;
  const BlockPlan plan{static_cast<std::int64_t>(keys_.size()), kPlacesInBlock, num_threads};
  run_blocks(plan, [&](const Block& block) {
    for (std::int64_t at = block.begin; at < block.end; ++at) {
      if (keys_[at] != kFree) probabilities_[1][at] = estimators[keys_[at]](counts_[1][at]);
      counts_[1][at] = 0;
    }
  });
}

void PairTable::estimate_null(Direction direction, double alpha) {
  std::vector<std::uint64_t>& counts = null_counts_[static_cast<int>(direction)];
  std::uint64_t sum = 0;
  for (const std::uint64_t count : counts)
    sum += count;
  const Estimator estimator(alpha, sum, static_cast<std::int64_t>(counts.size()));
  for (std::size_t form = 0; form < counts.size(); ++form)
    null_probabilities_[static_cast<int>(direction)][form] = estimator(counts[form]);
  std::fill(counts.begin(), counts.end(), 0);
}

void PairTable::estimate(double alpha, int num_threads) {
  estimate_forward(alpha, num_threads);
  estimate_reverse(alpha, num_threads);
  estimate_null(Direction::forward, alpha);
  estimate_null(Direction::reverse, alpha);
}

std::uint64_t PairTable::num_bytes() const {
  return keys_.size() * kBytesOfPlace + rows_.size() * sizeof(rows_[0]) +
         (null_counts_[0].size() + null_counts_[1].size()) *
             (sizeof(float) + sizeof(std::uint64_t));
}

std::vector<std::span<float>> PairTable::values() {
  return {probabilities_[0], probabilities_[1], null_probabilities_[0], null_probabilities_[1]};
}

}  // namespace regard
