#include "product_template.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

namespace regard::kernels {
namespace {

struct Avx2 {
  static constexpr int kLanes = 8;
  static constexpr int kRows = 6;
  // Sums of two products of 16-bit integers: those of 8-bit ones (maddubs) would saturate.
  static constexpr int kGroup = 2;
  static constexpr std::int32_t kOffset = 0;
  using Float = float __attribute__((vector_size(32)));
  using Int = std::int32_t __attribute__((vector_size(32)));
  using XInt = std::int16_t;
  using XVector = std::int16_t __attribute__((vector_size(16)));

  static __m256i load_group(const std::int8_t* w) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(w)));
  }
  static __m256i spread_group(const XInt* x) {
    std::int32_t both = 0;
    __builtin_memcpy(&both, x, sizeof(both));
    return _mm256_set1_epi32(both);
  }
  static Int dot(Int sums, __m256i x, __m256i w) {
    return sums + reinterpret_cast<Int>(_mm256_madd_epi16(x, w));
  }
};

}  // namespace

ProductKernels avx2_kernels() {
  return kernels_of<Avx2>("AVX2");
}

}  // namespace regard::kernels

#else

regard::kernels::ProductKernels regard::kernels::avx2_kernels() {
  return {};
}

#endif
