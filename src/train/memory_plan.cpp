#include "regard/train/memory_plan.h"

#include <algorithm>
#include <vector>

#include "regard/tensor/device.h"

namespace regard {

PairLengths longest_sides(std::span<const PairLengths> lengths) {
  constexpr std::int32_t kUsual = 1024;
  PairLengths longest;
  PairLengths longest_pair;
  for (const PairLengths& pair : lengths) {
    longest = {std::max(longest.source, pair.source), std::max(longest.target, pair.target)};
    if (std::max(pair.source, pair.target) > std::max(longest_pair.source, longest_pair.target))
      longest_pair = pair;
  }
  return std::max(longest.source, longest.target) > kUsual ? longest_pair : longest;
}

Batch largest_batch(const PairLengths& longest, std::int64_t batch_tokens, const BatchIds& ids,
                    bool has_links) {
  const std::int64_t width = std::int64_t{std::max(longest.source, longest.target)} + 1;
  const auto rows = static_cast<std::size_t>(std::max<std::int64_t>(1, batch_tokens / width));
  const auto any = static_cast<std::int32_t>(ids.target_end);
  const std::vector<std::int32_t> source(static_cast<std::size_t>(longest.source), any);
  const std::vector<std::int32_t> target(static_cast<std::size_t>(longest.target), any);
  Batch batch =
      make_batch(std::vector<TokenSpan>(rows, source), std::vector<TokenSpan>(rows, target),
                 std::vector<std::int64_t>(rows, 0), ids);
  if (has_links) batch.guide = make_guide(batch, std::vector<PairLinks>(rows));
  return batch;
}

MemoryNeed memory_need(Updater& updater, const PairLengths& longest, std::int64_t batch_tokens,
                       const BatchIds& ids, bool has_links) {
  const Batch batch = largest_batch(longest, batch_tokens, ids, has_links);
  MemoryNeed need;
  need.rows = batch.rows();
  need.longest = longest;
  need.fits = updater.fits(batch);
  need.bytes =
      peak_bytes(updater.device()) + (updater.device().is_cpu() ? updater.untouched_bytes() : 0);
  need.limit = memory_limit(updater.device());
  return need;
}

std::int64_t fitting_batch_tokens(Updater& updater, const PairLengths& longest, const BatchIds& ids,
                                  bool has_links) {
  constexpr std::int64_t kStep = 256;
  const std::int64_t most = updater.device().is_cpu() ? 8192 : 65536;
  const std::int64_t width = std::int64_t{std::max(longest.source, longest.target)} + 1;
  const std::int64_t small = std::max<std::int64_t>(1024, width);
  const MemoryNeed first = memory_need(updater, longest, small, ids, has_links);
  const MemoryNeed second = memory_need(updater, longest, 2 * small, ids, has_links);
  std::int64_t budget = most;
  const std::int64_t each = (second.bytes - first.bytes) / small;
  if (!first.fits || !second.fits) {
    budget = small;
  } else if (second.limit > 0 && each > 0) {
    budget = 2 * small + (second.limit / 5 * 4 - second.bytes) / each;
  }
  budget = std::clamp(budget / kStep * kStep, kStep, most);
  while (budget > kStep && !memory_need(updater, longest, budget, ids, has_links).fits)
    budget = std::max(kStep, budget / 2 / kStep * kStep);
  return budget;
}

}  // namespace regard
