#pragma once

#include <cstdint>

#include "regard/core/function_ref.h"

namespace regard {

/// How many threads the loops that this thread begins run on. In a build with LibTorch it is
/// LibTorch's own number (at::set_num_threads()), since both use one OpenMP library.
int compute_threads();
/// Of this thread alone; at least 1.
void use_compute_threads(int threads);

/// Lets threads that wait for others of a parallel loop sleep almost at once. By default those of
/// OpenMP spin for milliseconds, which takes the CPU from those that compute as soon as the machine
/// has other work. The OpenMP library reads its variables while it is loaded, before main(); but
/// GNU's is documented (GOMP_SPINCOUNT) to spin 100 times only once it manages more threads than
/// there are CPUs, so a resting team is started. To be called once, at the start of a program; does
/// nothing where GOMP_SPINCOUNT, OMP_WAIT_POLICY or KMP_BLOCKTIME are set, and in a build without
/// OpenMP, whose threads always sleep.
void let_waiting_threads_sleep();

/// Calls `work` with parts of [begin, end) of at least `grain` each, on compute_threads() threads,
/// and returns when all are done; with one thread, or inside of another such call, in one part on
/// this one. Exceptions pass on.
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  FunctionRef<void(std::int64_t, std::int64_t)> work);

/// The same for [0, count), but the threads come for shares of `least` or more as they get done, so
/// that one that the machine takes away for a while is not waited for. For work that does not
/// depend on how it is divided.
void parallel_shares(std::int64_t count, std::int64_t least,
                     FunctionRef<void(std::int64_t, std::int64_t)> work);

}  // namespace regard
