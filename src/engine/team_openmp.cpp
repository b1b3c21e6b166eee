#ifdef _OPENMP

#include <atomic>
#include <cstdlib>
#include <future>
#include <omp.h>
#include <thread>

#include "regard/engine/parallel.h"

#include "team.h"

// Of Intel's and LLVM's OpenMP, which other builds of LibTorch bring.
extern "C" __attribute__((weak)) void kmp_set_blocktime(int milliseconds);

namespace regard {

int team::size() {
  return omp_get_max_threads();
}

void team::resize(int threads) {
  omp_set_num_threads(threads);
}

bool team::is_at_work() {
  return omp_in_parallel() != 0;
}

// OpenMP would start a team of another size afresh each time, so threads without work take part
// too.
void team::run(FunctionRef<void(int thread, int threads)> work) {
#pragma omp parallel
  work(omp_get_thread_num(), omp_get_num_threads());
}

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

}  // namespace regard

#endif
