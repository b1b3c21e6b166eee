#include "regard/train/memory_plan.h"

#include <algorithm>

#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

/// Of the target, or the second text; 0 = there is neither.
std::int64_t other_positions(const Batch& batch) {
  for (const Sequences* other : {&batch.target_input, &batch.second}) {
    if (other->ids.defined()) return other->ids.size(1);
  }
  return 0;
}

}  // namespace

MemoryNeed memory_need(Updater& updater, const BatchMaker& batches, std::int64_t batch_tokens) {
  const Batch batch = batches.largest(batch_tokens);
  MemoryNeed need;
  need.rows = batch.rows();
  need.source = batch.source.ids.size(1);
  need.target = other_positions(batch);
  need.fits = updater.fits(batch);
  need.bytes =
      peak_bytes(updater.device()) + (updater.device().is_cpu() ? updater.untouched_bytes() : 0);
  need.limit = memory_limit(updater.device());
  return need;
}

std::int64_t fitting_batch_tokens(Updater& updater, const BatchMaker& batches) {
  constexpr std::int64_t kStep = 256;
  const std::int64_t most = updater.device().is_cpu() ? 8192 : 65536;
  const Batch one = batches.largest(1);  // a row
  const std::int64_t small =
      std::max({std::int64_t{1024}, one.source.ids.size(1), other_positions(one)});
  const MemoryNeed first = memory_need(updater, batches, small);
  const MemoryNeed second = memory_need(updater, batches, 2 * small);
  std::int64_t budget = most;
  const std::int64_t each = (second.bytes - first.bytes) / small;
  if (!first.fits || !second.fits) {
    budget = small;
  } else if (second.limit > 0 && each > 0) {
    budget = 2 * small + (second.limit / 5 * 4 - second.bytes) / each;
  }
  budget = std::clamp(budget / kStep * kStep, kStep, most);
  while (budget > kStep && !memory_need(updater, batches, budget).fits)
    budget = std::max(kStep, budget / 2 / kStep * kStep);
  return budget;
}

}  // namespace regard
