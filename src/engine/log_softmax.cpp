#include "regard/engine/log_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "regard/engine/fast_exp.h"
#include "regard/engine/parallel.h"
#include "regard/engine/vector_clones.h"

namespace regard {
namespace {

constexpr int kClassLanes = 16;  // partial results, so that the compiler may use vector registers

REGARD_VECTOR_CLONES
void log_softmax_row(float* z, std::int64_t classes) {
  float top[kClassLanes];
  float sums[kClassLanes];
  for (int lane = 0; lane < kClassLanes; ++lane) {
    top[lane] = -std::numeric_limits<float>::infinity();
    sums[lane] = 0;
  }
  const std::int64_t whole = classes - classes % kClassLanes;
  for (std::int64_t i = 0; i < whole; i += kClassLanes) {
    for (int lane = 0; lane < kClassLanes; ++lane)
      top[lane] = z[i + lane] > top[lane] ? z[i + lane] : top[lane];
  }
  float most = top[0];
  for (int lane = 1; lane < kClassLanes; ++lane)
    most = std::max(most, top[lane]);
  for (std::int64_t i = whole; i < classes; ++i)
    most = std::max(most, z[i]);
  for (std::int64_t i = 0; i < whole; i += kClassLanes) {
    for (int lane = 0; lane < kClassLanes; ++lane)
      sums[lane] += exp_of_negative(z[i + lane] - most);
  }
  double total = 0;
  for (int lane = 0; lane < kClassLanes; ++lane)
    total += sums[lane];
  for (std::int64_t i = whole; i < classes; ++i)
    total += exp_of_negative(z[i] - most);
  const float log_total = most + static_cast<float>(std::log(total));
  for (std::int64_t i = 0; i < classes; ++i)
    z[i] -= log_total;
}

}  // namespace

void log_softmax_rows(float* values, std::int64_t rows, std::int64_t classes) {
  if (classes == 0) return;
  parallel_for(0, rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      log_softmax_row(values + row * classes, classes);
  });
}

}  // namespace regard
