#include "product_template.h"

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__) && \
    defined(__AVX512VNNI__)
#include <immintrin.h>

namespace regard::kernels {
namespace {

struct Avx512 {
  static constexpr int kLanes = 16;
  static constexpr int kRows = 8;  // more spill in the integer kernel, which halves its speed
  static constexpr int kGroup = 4;
  // VNNI multiplies unsigned x with signed weights.
  static constexpr std::int32_t kOffset = 128;
  using Float = float __attribute__((vector_size(64)));
  using Int = std::int32_t __attribute__((vector_size(64)));
  using XInt = std::uint8_t;
  using XVector = std::uint8_t __attribute__((vector_size(16)));

  static __m512i load_group(const std::int8_t* w) { return _mm512_loadu_si512(w); }
  static __m512i spread_group(const XInt* x) {
    std::int32_t four = 0;
    __builtin_memcpy(&four, x, sizeof(four));
    return _mm512_set1_epi32(four);
  }
  static Int dot(Int sums, __m512i x, __m512i w) {
    return reinterpret_cast<Int>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sums), x, w));
  }
};

}  // namespace

ProductKernels avx512_kernels() {
  return kernels_of<Avx512>("AVX-512");
}

}  // namespace regard::kernels

#else

regard::kernels::ProductKernels regard::kernels::avx512_kernels() {
  return {};
}

#endif
