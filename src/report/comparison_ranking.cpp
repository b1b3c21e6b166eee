#include <algorithm>
#include <cmath>

#include "regard/core/strings.h"
#include "regard/report/comparison_table.h"

#include "report/comparison_cells.h"

namespace regard {
namespace {

Summary quality_of(const ComparedConfig& config) {
  return summarise(config, &ComparedRun::quality);
}

/// Whether chance may explain that one mean is better than the other.
bool overlap(const Summary& one, const Summary& other) {
  if (!one.spread || !other.spread) return true;
  return std::abs(one.mean - other.mean) <= *one.spread + *other.spread;
}

/// The rows with numbers, but for `best`, that may be as good as it by chance.
std::vector<std::size_t> rivals_of(const Comparison& comparison, std::size_t best) {
  std::vector<std::size_t> rivals;
  const Summary leader = quality_of(comparison.configs[best]);
  for (std::size_t i = 0; i < comparison.configs.size(); ++i) {
    const Summary other = quality_of(comparison.configs[i]);
    if (i != best && other.count > 0 && overlap(leader, other)) rivals.push_back(i);
  }
  return rivals;
}

std::int64_t num_measured(const Comparison& comparison) {
  return std::count_if(comparison.configs.begin(), comparison.configs.end(),
                       [](const ComparedConfig& config) { return quality_of(config).count > 0; });
}

}  // namespace

std::optional<std::size_t> best_config(const Comparison& comparison) {
  std::optional<std::size_t> best;
  double best_mean = 0;
  for (std::size_t i = 0; i < comparison.configs.size(); ++i) {
    const Summary summary = quality_of(comparison.configs[i]);
    if (summary.count == 0) continue;
    const bool is_better =
        comparison.is_lower_better ? summary.mean < best_mean : summary.mean > best_mean;
    if (best && !is_better) continue;
    best = i;
    best_mean = summary.mean;
  }
  return best;
}

std::optional<std::size_t> clear_winner(const Comparison& comparison) {
  const std::optional<std::size_t> best = best_config(comparison);
  if (!best || num_measured(comparison) < 2 || !rivals_of(comparison, *best).empty())
    return std::nullopt;
  return best;
}

Comparison ranked(Comparison comparison) {
  const bool is_lower_better = comparison.is_lower_better;
  std::stable_sort(comparison.configs.begin(), comparison.configs.end(),
                   [&](const ComparedConfig& a, const ComparedConfig& b) {
                     const Summary one = quality_of(a);
                     const Summary other = quality_of(b);
                     if (one.count == 0 || other.count == 0) return one.count > other.count;
                     return is_lower_better ? one.mean < other.mean : one.mean > other.mean;
                   });
  return comparison;
}

std::string verdict_note(const Comparison& comparison) {
  const std::optional<std::size_t> best = best_config(comparison);
  if (!best || num_measured(comparison) < 2) return "";
  const std::string name = shown_name(comparison.configs[*best]);
  const std::vector<std::size_t> rivals = rivals_of(comparison, *best);
  if (rivals.empty()) {
    return str(name, " exceeds the spread between seeds.");
  }
  const auto has_spread = [&](std::size_t i) {
    return quality_of(comparison.configs[i]).spread.has_value();
  };
  if (!has_spread(*best) || !std::all_of(rivals.begin(), rivals.end(), has_spread)) {
    return "No winner is marked: that needs at least two finished seeds of each (such as --seeds "
           "3).";
  }
  std::vector<std::string> names;
  for (const std::size_t i : rivals)
    names.push_back(shown_name(comparison.configs[i]));
  return str("No winner is marked: the lead of ", name,
             " is within the spread of the seeds (against ", join(names, ", "), ").");
}

}  // namespace regard
