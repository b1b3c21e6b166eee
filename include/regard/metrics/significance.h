#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "regard/metrics/metric.h"

namespace regard {

/// sacreBLEU's default seed. The stream of random numbers is Regard's own, so intervals and
/// p-values agree with sacreBLEU's within sampling error, not digit by digit; the same seed gives
/// the same numbers on every machine.
inline constexpr std::uint64_t kSignificanceSeed = 12345;

struct BootstrapOptions {
  int num_resamples = 1000;
  std::uint64_t seed = kSignificanceSeed;
};

/// The 95 % interval of a corpus score from bootstrap resamples of its sentences (Koehn 2004,
/// W04-3250). Throws UserError when there is no sentence or no resample.
Confidence bootstrap_confidence(const Metric& metric, std::span<const Statistics> sentences,
                                const BootstrapOptions& options = {});

/// A corpus score with its interval; the signature has "bs:1000|seed:12345".
MetricScore score_with_confidence(const Metric& metric, std::span<const Statistics> sentences,
                                  std::size_t num_references, const BootstrapOptions& options = {});

enum class PairedTest {
  /// "bs": both systems on the same resamples (Koehn 2004).
  bootstrap,
  /// "ar": sentences swapped at random between the systems (Riezler and Maxwell 2005, W05-0908).
  approximate_randomization,
};

struct PairedTestOptions {
  PairedTest test = PairedTest::bootstrap;
  int num_trials = 0;  ///< 0 = 1000 for the bootstrap, 10 000 for approximate randomisation
  std::uint64_t seed = kSignificanceSeed;
};

struct PairedTestResult {
  double baseline_score = 0;
  double system_score = 0;
  /// Whether the two scores differ, by more than rounding does.
  bool is_different = false;
  /// How likely a difference as large as this one is when the systems are equally good: from
  /// 1 / (trials + 1) to 1. It is 1 where there is no difference, for which sacreBLEU often has
  /// 1 / (trials + 1), as if none were a significant one.
  double p_value = 1;
  std::string signature;  ///< with "bs:1000|seed:12345" or "ar:10000|seed:12345"
};

/// Compares two systems on the same sentences, two-sided. Throws UserError when the counts of
/// sentences differ or are 0.
PairedTestResult paired_test(const Metric& metric, std::span<const Statistics> baseline,
                             std::span<const Statistics> system, std::size_t num_references,
                             const PairedTestOptions& options = {});

}  // namespace regard
