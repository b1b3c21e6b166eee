#pragma once

#include <c10/core/Device.h>

namespace regard {

/// Whether the device multiplies bfloat16 numbers in hardware: a GPU from compute capability 8.0, a
/// CPU with AVX512-BF16 or AMX. Without it bfloat16 is up to 90 times slower than float32.
bool supports_bfloat16(const c10::Device& device);

/// While it lives, matrix products on `device` are computed in bfloat16 and everything that needs
/// more digits in float32 (LibTorch's autocast). Not active: nothing changes. Belongs to the thread
/// it was made on; backward passes run outside of it.
class AutocastScope {
 public:
  AutocastScope(const c10::Device& device, bool is_active);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;
  AutocastScope& operator=(const AutocastScope&) = delete;

 private:
  c10::DeviceType type_;
  bool is_active_;
};

}  // namespace regard
