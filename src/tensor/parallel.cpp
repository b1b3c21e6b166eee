#include "regard/tensor/parallel.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <omp.h>
#include <thread>

#include <ATen/Parallel.h>

#ifndef _OPENMP
#error "compiled without OpenMP, at::parallel_for() would use one thread only"
#endif

// Of Intel's and LLVM's OpenMP, which other builds of LibTorch bring.
extern "C" __attribute__((weak)) void kmp_set_blocktime(int milliseconds);

namespace regard {

void let_waiting_threads_sleep() {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr ||
      std::getenv("KMP_BLOCKTIME") != nullptr)
    return;
  if (kmp_set_blocktime != nullptr) {
    kmp_set_blocktime(0);
    return;
  }
  // A team that does nothing, one thread larger than there are CPUs, and its master, which
  // must stay, or the team goes with it.
  std::promise<void> ready;
  try {
    std::thread([&ready] {
      std::atomic<int> started = 0;  // an empty region would be optimized away, its team with it
#pragma omp parallel num_threads(omp_get_num_procs() + 1)
      ++started;
      ready.set_value();
      std::promise<void>().get_future().wait();
    }).detach();
  } catch (const std::system_error&) {
    return;  // no more threads may be started: waiting ones spin as ever
  }
  ready.get_future().wait();
}

void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  c10::function_ref<void(std::int64_t, std::int64_t)> work) {
  at::parallel_for(begin, end, grain, work);
}

void parallel_shares(std::int64_t count, std::int64_t least,
                     c10::function_ref<void(std::int64_t, std::int64_t)> work) {
  constexpr std::int64_t kSharesOfAThread = 6;
  const std::int64_t threads = at::in_parallel_region() ? 1 : at::get_num_threads();
  if (threads == 1 || count <= least) {
    if (count > 0) work(0, count);
    return;
  }
  const std::int64_t share = std::max(least, count / (threads * kSharesOfAThread));
  std::atomic<std::int64_t> next = 0;
  const auto take_shares = [&](std::int64_t, std::int64_t) {
    while (true) {
      const std::int64_t first = next.fetch_add(share);
      if (first >= count) return;
      work(first, std::min(count, first + share));
    }
  };
  at::parallel_for(0, std::min(threads, (count + share - 1) / share), 1, take_shares);
}

}  // namespace regard
