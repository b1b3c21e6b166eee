#include "regard/engine/kernel_choice.h"

#include <stdexcept>

namespace regard {

using kernels::ProductKernels;

namespace {

bool is_there(const ProductKernels& kernels) {
  return kernels.multiply_float != nullptr;
}

}  // namespace

bool has_kernel(ProductKernel kernel) {
  switch (kernel) {
    case ProductKernel::best:
    case ProductKernel::portable:
      return true;
#if defined(__x86_64__)
    case ProductKernel::avx2:
      return is_there(kernels::avx2_kernels()) && __builtin_cpu_supports("avx2") != 0 &&
             __builtin_cpu_supports("fma") != 0;
    case ProductKernel::avx512:
      return is_there(kernels::avx512_kernels()) && __builtin_cpu_supports("avx512f") != 0 &&
             __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0 &&
             __builtin_cpu_supports("avx512vnni") != 0;
#endif
    default:
      return false;
  }
}

ProductKernels kernels_for(ProductKernel kernel) {
  if (kernel == ProductKernel::best) {
    for (const ProductKernel better : {ProductKernel::avx512, ProductKernel::avx2}) {
      if (has_kernel(better)) return kernels_for(better);
    }
    return kernels::portable_kernels();
  }
  if (!has_kernel(kernel)) throw std::invalid_argument("this CPU does not support that kernel");
  if (kernel == ProductKernel::avx512) return kernels::avx512_kernels();
  return kernel == ProductKernel::avx2 ? kernels::avx2_kernels() : kernels::portable_kernels();
}

const ProductKernels& best_kernels() {
  static const ProductKernels kernels = kernels_for(ProductKernel::best);
  return kernels;
}

}  // namespace regard
