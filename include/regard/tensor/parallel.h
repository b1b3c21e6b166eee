#pragma once

#include <cstdint>

#include <c10/util/FunctionRef.h>

namespace regard {

/// Calls `work` with parts of [begin, end) of at least `grain` each, on LibTorch's threads, and
/// returns when all are done; with one thread, or inside of another such call, in one part on this
/// one. Exceptions pass on.
///
/// at::parallel_for() is a template that only divides the work where it is compiled for OpenMP:
/// this is the one place that is.
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  c10::function_ref<void(std::int64_t, std::int64_t)> work);

}  // namespace regard
