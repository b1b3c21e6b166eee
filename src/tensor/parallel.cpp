#include "regard/tensor/parallel.h"

#include <ATen/Parallel.h>

#ifndef _OPENMP
#error "compiled without OpenMP, at::parallel_for() would use one thread only"
#endif

namespace regard {

void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  c10::function_ref<void(std::int64_t, std::int64_t)> work) {
  at::parallel_for(begin, end, grain, work);
}

}  // namespace regard
