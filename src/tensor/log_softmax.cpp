#include "regard/tensor/log_softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "regard/tensor/fast_exp.h"
#include "regard/tensor/parallel.h"
#include "regard/tensor/torch.h"
#include "regard/tensor/vector_clones.h"

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

at::Tensor log_softmax_of(at::Tensor logits) {
  if (!logits.is_cpu() || logits.scalar_type() != at::kFloat || !logits.is_contiguous())
    return at::log_softmax(logits, -1, at::kFloat);
  const std::int64_t classes = logits.size(-1);
  if (classes == 0) return logits;
  auto* data = logits.mutable_data_ptr<float>();
  parallel_for(0, logits.numel() / classes, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      log_softmax_row(data + row * classes, classes);
  });
  return logits;
}

}  // namespace regard
