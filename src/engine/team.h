#pragma once

#include "regard/core/function_ref.h"

// The threads of a parallel loop: OpenMP's in a build with LibTorch, whose own loops then run on
// the same threads (team_openmp.cpp), else the standard library's (team_threads.cpp).

namespace regard::team {

/// How many threads run() uses when this thread calls it.
int size();
void resize(int threads);

/// Whether this thread is one of a team of several that is at work.
bool is_at_work();

/// Calls work(thread, threads) on each thread of a team; this one is number 0. `work` does not
/// throw.
void run(FunctionRef<void(int thread, int threads)> work);

}  // namespace regard::team
