#include "regard/engine/activation.h"

#include <algorithm>

#include "regard/engine/fast_exp.h"
#include "regard/engine/vector_clones.h"

namespace regard {
namespace {

/// Beyond +-3.9 it is 1 in float32. The rational function of Eigen and XLA: absolute error below
/// 2e-7.
inline float error_function(float x) {
  x = std::min(std::max(x, -3.925F), 3.925F);
  const float square = x * x;
  float p = -2.72614225801306e-10F;
  p = p * square + 2.77068142495902e-08F;
  p = p * square - 2.10102402082508e-06F;
  p = p * square - 5.69250639462346e-05F;
  p = p * square - 7.34990630326855e-04F;
  p = p * square - 2.95459980854025e-03F;
  p = p * square - 1.60960333262415e-02F;
  float q = -1.45660718464996e-05F;
  q = q * square - 2.13374055278905e-04F;
  q = q * square - 1.68282697438203e-03F;
  q = q * square - 7.37332916720468e-03F;
  q = q * square - 1.42647390514189e-02F;
  return x * p / q;
}

/// exp() of what is not positive, so that nothing overflows.
inline float sigmoid(float x) {
  const float e = exp_of_negative(x < 0.0F ? x : -x);
  return (x < 0.0F ? e : 1.0F) / (1.0F + e);
}

REGARD_VECTOR_CLONES
void apply_relu(float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    values[i] = values[i] < 0.0F ? 0.0F : values[i];
}

REGARD_VECTOR_CLONES
void apply_gelu(float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    values[i] = values[i] * 0.5F * (1.0F + error_function(values[i] * 0.70710678F));
}

REGARD_VECTOR_CLONES
void apply_silu(float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    values[i] *= sigmoid(values[i]);
}

REGARD_VECTOR_CLONES
void apply_sigmoids(float* values, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i)
    values[i] = sigmoid(values[i]);
}

}  // namespace

void activate(Activation activation, float* values, std::int64_t count) {
  switch (activation) {
    case Activation::relu:
      return apply_relu(values, count);
    case Activation::gelu:
      return apply_gelu(values, count);
    case Activation::silu:
      return apply_silu(values, count);
  }
}

void apply_sigmoid(float* values, std::int64_t count) {
  apply_sigmoids(values, count);
}

}  // namespace regard
