#include "regard/metrics/significance.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/random.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr int kBootstrapTrials = 1000;
constexpr int kRandomizationTrials = 10'000;
constexpr double kRounding = 1e-9;  // scores from 0 to 100 are that exact

/// The same stream for the same seed, so that metrics and systems are compared on the same
/// resamples.
RandomStream make_stream(std::uint64_t seed) {
  return RandomStream(derive_seed({seed, static_cast<std::uint64_t>(RandomUse::validation)}));
}

/// The sentences' statistics in one block of memory, since they are added up thousands of times.
class StatisticsTable {
 public:
  explicit StatisticsTable(std::span<const Statistics> sentences) : width_(sentences[0].size()) {
    cells_.reserve(sentences.size() * width_);
    for (const Statistics& sentence : sentences) {
      cells_.insert(cells_.end(), sentence.begin(), sentence.end());
    }
  }

  void add_row(std::size_t row, Statistics& total) const {
    const double* cells = &cells_[row * width_];
    for (std::size_t i = 0; i < width_; ++i)
      total[i] += cells[i];
  }

  std::size_t width() const { return width_; }
  std::size_t num_rows() const { return cells_.size() / width_; }

 private:
  std::size_t width_;
  std::vector<double> cells_;
};

void check_not_empty(std::span<const Statistics> sentences, int num_trials) {
  if (sentences.empty())
    throw UserError("there are 0 sentences to score", "give at least one line");
  if (num_trials < 1) throw UserError(str(num_trials, " resamples"), "use 1 or more");
}

/// The score of every resample: as many sentences as the corpus has, drawn with replacement.
std::vector<double> bootstrap_scores(const Metric& metric, std::span<const Statistics> sentences,
                                     int num_resamples, std::uint64_t seed) {
  const StatisticsTable table(sentences);
  RandomStream stream = make_stream(seed);
  std::vector<double> scores;
  scores.reserve(static_cast<std::size_t>(num_resamples));
  Statistics total(table.width());
  for (int trial = 0; trial < num_resamples; ++trial) {
    std::fill(total.begin(), total.end(), 0.0);
    for (std::size_t i = 0; i < table.num_rows(); ++i) {
      table.add_row(static_cast<std::size_t>(stream.below(table.num_rows())), total);
    }
    scores.push_back(metric.score(total));
  }
  return scores;
}

/// Absolute differences between two systems, both scored on the same resamples.
std::vector<double> bootstrap_differences(const Metric& metric,
                                          std::span<const Statistics> baseline,
                                          std::span<const Statistics> system, int num_trials,
                                          std::uint64_t seed) {
  std::vector<double> differences = bootstrap_scores(metric, baseline, num_trials, seed);
  const std::vector<double> others = bootstrap_scores(metric, system, num_trials, seed);
  for (std::size_t i = 0; i < differences.size(); ++i) {
    differences[i] = std::abs(differences[i] - others[i]);
  }
  return differences;
}

/// Absolute differences between two pseudo-systems that share out the two systems' sentences at
/// random.
std::vector<double> shuffled_differences(const Metric& metric, std::span<const Statistics> baseline,
                                         std::span<const Statistics> system, int num_trials,
                                         std::uint64_t seed) {
  const StatisticsTable ours(baseline);
  const StatisticsTable theirs(system);
  RandomStream stream = make_stream(seed);
  std::vector<double> differences;
  for (int trial = 0; trial < num_trials; ++trial) {
    Statistics first(ours.width(), 0);
    Statistics second(ours.width(), 0);
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < ours.num_rows(); ++i) {
      bits = i % 64 == 0 ? stream.next() : bits >> 1;
      const bool is_swapped = (bits & 1) != 0;
      ours.add_row(i, is_swapped ? second : first);
      theirs.add_row(i, is_swapped ? first : second);
    }
    differences.push_back(std::abs(metric.score(first) - metric.score(second)));
  }
  return differences;
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Phipson and Smyth 2010: the observed difference counts as one of the trials, so p is never 0.
double p_value(std::span<const double> trials, double observed) {
  const auto num_larger = std::count_if(trials.begin(), trials.end(),
                                        [observed](double trial) { return trial > observed; });
  return static_cast<double>(num_larger + 1) / static_cast<double>(trials.size() + 1);
}

}  // namespace

Confidence bootstrap_confidence(const Metric& metric, std::span<const Statistics> sentences,
                                const BootstrapOptions& options) {
  check_not_empty(sentences, options.num_resamples);
  std::vector<double> scores =
      bootstrap_scores(metric, sentences, options.num_resamples, options.seed);
  std::sort(scores.begin(), scores.end());
  // 2.5 % of the resamples lie outside on either side.
  const std::size_t outside = scores.size() / 40;
  return {mean(scores), 0.5 * (scores[scores.size() - 1 - outside] - scores[outside])};
}

MetricScore score_with_confidence(const Metric& metric, std::span<const Statistics> sentences,
                                  std::size_t num_references, const BootstrapOptions& options) {
  MetricScore result = corpus_score(metric, sentences, num_references);
  result.confidence = bootstrap_confidence(metric, sentences, options);
  result.signature =
      signature(metric, num_references, str("bs:", options.num_resamples, "|seed:", options.seed));
  return result;
}

PairedTestResult paired_test(const Metric& metric, std::span<const Statistics> baseline,
                             std::span<const Statistics> system, std::size_t num_references,
                             const PairedTestOptions& options) {
  if (baseline.size() != system.size()) {
    throw UserError(
        str("the baseline has ", baseline.size(), " sentences, but the system has ", system.size()),
        "compare translations of the same text");
  }
  const bool is_bootstrap = options.test == PairedTest::bootstrap;
  const int preset = is_bootstrap ? kBootstrapTrials : kRandomizationTrials;
  const int num_trials = options.num_trials == 0 ? preset : options.num_trials;
  check_not_empty(baseline, num_trials);

  PairedTestResult result;
  result.baseline_score = corpus_score(metric, baseline, num_references).score;
  result.system_score = corpus_score(metric, system, num_references).score;
  result.signature =
      signature(metric, num_references,
                str(is_bootstrap ? "bs:" : "ar:", num_trials, "|seed:", options.seed));
  const double observed = std::abs(result.baseline_score - result.system_score);
  result.is_different = observed > kRounding;
  if (!result.is_different) return result;

  std::vector<double> trials =
      is_bootstrap ? bootstrap_differences(metric, baseline, system, num_trials, options.seed)
                   : shuffled_differences(metric, baseline, system, num_trials, options.seed);
  if (is_bootstrap) {
    // Resamples scatter around the observed difference, so they are first moved to where no
    // difference would put them.
    const double centre = mean(trials);
    for (double& trial : trials)
      trial -= centre;
  }
  result.p_value = p_value(trials, observed);
  return result;
}

}  // namespace regard
