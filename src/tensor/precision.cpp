#include "regard/tensor/precision.h"

#include <ATen/autocast_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>

#include "regard/tensor/torch.h"

namespace regard {

bool supports_bfloat16(const c10::Device& device) {
  // The question about cuDNN is answered by the compute capability, 8.0 or more; there is no
  // plainer one that does without CUDA's own headers.
  if (device.is_cuda()) return at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
#if defined(__x86_64__) && defined(__GNUC__)
  return device.is_cpu() && __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

AutocastScope::AutocastScope(const c10::Device& device, bool is_active)
    : type_(device.type()), is_active_(is_active) {
  if (!is_active_) return;
  at::autocast::increment_nesting();
  at::autocast::set_autocast_enabled(type_, true);
  at::autocast::set_autocast_dtype(type_, at::kBFloat16);
}

AutocastScope::~AutocastScope() {
  if (!is_active_) return;
  at::autocast::set_autocast_enabled(type_, false);
  // The last one out drops the bfloat16 copies of the weights, which the next step makes stale.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
}

}  // namespace regard
