#include "product_template.h"

namespace regard::kernels {
namespace {

/// What every CPU can do. Integers are right here, not fast.
struct Portable {
  static constexpr int kLanes = 4;
  static constexpr int kRows = 4;
  static constexpr int kGroup = 2;
  static constexpr std::int32_t kOffset = 0;
  using Float = float __attribute__((vector_size(16)));
  using Int = std::int32_t __attribute__((vector_size(16)));
  using XInt = std::int16_t;
  using XVector = std::int16_t __attribute__((vector_size(8)));
  struct Group {
    Int first;
    Int second;
  };

  static Group load_group(const std::int8_t* w) {
    return {Int{w[0], w[2], w[4], w[6]}, Int{w[1], w[3], w[5], w[7]}};
  }
  static Group spread_group(const XInt* x) {
    return {Int{x[0], x[0], x[0], x[0]}, Int{x[1], x[1], x[1], x[1]}};
  }
  static Int dot(Int sums, const Group& x, const Group& w) {
    return sums + x.first * w.first + x.second * w.second;
  }
};

}  // namespace

ProductKernels portable_kernels() {
  return kernels_of<Portable>("portable");
}

}  // namespace regard::kernels
