#pragma once

#include "regard/engine/product_kernels.h"

// The one shape of the kernels. An instruction set gives `Isa`:
//   Float, Int        vectors of kLanes floats, kLanes int32
//   kRows             rows at a time: their sums of two vectors each stay in registers
//   kGroup, XInt      integers multiplied at once, and the type of a quantized x
//   load_group()      kLanes columns of a group of weights
//   spread_group()    a group of x for all columns
//   dot()             adds the products of a group to the sums
// Everything is in an unnamed namespace, so that no two instruction sets share a function.

namespace regard::kernels {
namespace {

template <class Isa>
inline typename Isa::Float load_floats(const float* from) {
  typename Isa::Float value;
  __builtin_memcpy(&value, from, sizeof(value));
  return value;
}

template <class Isa>
inline typename Isa::Float spread(float value) {
  return value - typename Isa::Float{};  // every lane
}

/// Bias, activation and sum for `kLanes` columns of one row.
template <class Isa>
inline void apply_epilogue(typename Isa::Float value, const PanelProduct& p, std::int64_t row,
                           std::int64_t column) {
  using Float = typename Isa::Float;
  const Epilogue& f = p.epilogue;
  float* y = p.y + row * p.y_stride + column;
  const float* added = f.added == nullptr ? nullptr : f.added + row * f.added_stride + column;
  if (column + Isa::kLanes <= p.columns) {
    if (f.bias != nullptr) value += load_floats<Isa>(f.bias + column);
    if (f.has_relu) value = value > Float{} ? value : Float{};
    if (added != nullptr) value += load_floats<Isa>(added);
    __builtin_memcpy(y, &value, sizeof(value));
    return;
  }
  for (std::int64_t lane = 0; column + lane < p.columns; ++lane) {
    float one = value[lane];
    if (f.bias != nullptr) one += f.bias[column + lane];
    if (f.has_relu) one = one > 0.0F ? one : 0.0F;
    if (added != nullptr) one += added[lane];
    y[lane] = one;
  }
}

// Sums are only touched by unrolled loops, or they would be kept in memory.
template <class Vector, int rows>
inline void clear(Vector (&sums)[rows][2]) {
#pragma GCC unroll 16
  for (int row = 0; row < rows; ++row)
    sums[row][0] = sums[row][1] = Vector{};
}

template <class Vector, int rows>
inline void copy(const Vector (&sums)[rows][2], Vector (&done)[rows][2]) {
#pragma GCC unroll 16
  for (int row = 0; row < rows; ++row) {
    done[row][0] = sums[row][0];
    done[row][1] = sums[row][1];
  }
}

template <class Isa, int rows>
void float_rows(const PanelProduct& p, std::int64_t first) {
  using Float = typename Isa::Float;
  const float* x = static_cast<const float*>(p.x) + first * p.x_stride;
  const float* panel = static_cast<const float*>(p.panel);
  Float sums[rows][2];
  clear<Float, rows>(sums);
  for (std::int64_t k = 0; k < p.depth; ++k, panel += 2 * Isa::kLanes, ++x) {
    const Float left = load_floats<Isa>(panel);
    const Float right = load_floats<Isa>(panel + Isa::kLanes);
#pragma GCC unroll 16
    for (int row = 0; row < rows; ++row) {
      const Float value = spread<Isa>(x[row * p.x_stride]);
      sums[row][0] += value * left;
      sums[row][1] += value * right;
    }
  }
  Float done[rows][2];
  copy<Float, rows>(sums, done);
  for (int row = 0; row < rows; ++row) {
    apply_epilogue<Isa>(done[row][0], p, first + row, 0);
    if (p.columns > Isa::kLanes) apply_epilogue<Isa>(done[row][1], p, first + row, Isa::kLanes);
  }
}

template <class Isa>
inline typename Isa::Float to_float(typename Isa::Int sums, const PanelProduct& p, std::int64_t row,
                                    std::int64_t column) {
  typename Isa::Int corrections;
  __builtin_memcpy(&corrections, p.corrections + column, sizeof(corrections));
  using Float = typename Isa::Float;
  return __builtin_convertvector(sums + corrections, Float) *
         (spread<Isa>(p.x_scales[row]) * load_floats<Isa>(p.scales + column));
}

template <class Isa, int rows>
void int8_rows(const PanelProduct& p, std::int64_t first) {
  using Int = typename Isa::Int;
  const auto* x = static_cast<const typename Isa::XInt*>(p.x) + first * p.x_stride;
  const auto* panel = static_cast<const std::int8_t*>(p.panel);
  constexpr std::int64_t kHalf = Isa::kLanes * Isa::kGroup;
  Int sums[rows][2];
  clear<Int, rows>(sums);
  for (std::int64_t k = 0; k < p.depth; k += Isa::kGroup, panel += 2 * kHalf) {
    const auto left = Isa::load_group(panel);
    const auto right = Isa::load_group(panel + kHalf);
#pragma GCC unroll 16
    for (int row = 0; row < rows; ++row) {
      const auto value = Isa::spread_group(x + row * p.x_stride + k);
      sums[row][0] = Isa::dot(sums[row][0], value, left);
      sums[row][1] = Isa::dot(sums[row][1], value, right);
    }
  }
  Int done[rows][2];
  copy<Int, rows>(sums, done);
  for (int row = 0; row < rows; ++row) {
    apply_epilogue<Isa>(to_float<Isa>(done[row][0], p, first + row, 0), p, first + row, 0);
    if (p.columns > Isa::kLanes) {
      apply_epilogue<Isa>(to_float<Isa>(done[row][1], p, first + row, Isa::kLanes), p, first + row,
                          Isa::kLanes);
    }
  }
}

/// Rows that are left over are done by the kernel of their number.
template <class Isa, int rows>
void float_rest(const PanelProduct& p, std::int64_t first) {
  if constexpr (rows > 0) {
    if (p.rows - first == rows) return float_rows<Isa, rows>(p, first);
    float_rest<Isa, rows - 1>(p, first);
  }
}

template <class Isa, int rows>
void int8_rest(const PanelProduct& p, std::int64_t first) {
  if constexpr (rows > 0) {
    if (p.rows - first == rows) return int8_rows<Isa, rows>(p, first);
    int8_rest<Isa, rows - 1>(p, first);
  }
}

template <class Isa>
void multiply_float(const PanelProduct& p) {
  std::int64_t first = 0;
  for (; first + Isa::kRows <= p.rows; first += Isa::kRows)
    float_rows<Isa, Isa::kRows>(p, first);
  float_rest<Isa, Isa::kRows - 1>(p, first);
}

template <class Isa>
void multiply_int8(const PanelProduct& p) {
  std::int64_t first = 0;
  for (; first + Isa::kRows <= p.rows; first += Isa::kRows)
    int8_rows<Isa, Isa::kRows>(p, first);
  int8_rest<Isa, Isa::kRows - 1>(p, first);
}

/// Rounds to nearest, ties to even, as the vector units do.
template <class Isa>
float quantise_row(const float* x, std::int64_t depth, std::int64_t padded, void* out) {
  using Float = typename Isa::Float;
  using Int = typename Isa::Int;
  auto* q = static_cast<typename Isa::XInt*>(out);
  Float tops = {};
  Float defects = {};  // stays 0 while all is finite
  std::int64_t i = 0;
  for (; i + Isa::kLanes <= depth; i += Isa::kLanes) {
    const Float value = load_floats<Isa>(x + i);
    const Float size = value > -value ? value : -value;
    tops = size > tops ? size : tops;
    defects += value - value;
  }
  float top = 0.0F;
  float defect = 0.0F;
  for (int lane = 0; lane < Isa::kLanes; ++lane) {
    top = tops[lane] > top ? tops[lane] : top;
    defect += defects[lane];
  }
  for (; i < depth; ++i) {
    const float size = x[i] > -x[i] ? x[i] : -x[i];
    top = size > top ? size : top;
    defect += x[i] - x[i];
  }
  if (defect != 0.0F) {  // NaN
    for (i = 0; i < padded; ++i)
      q[i] = static_cast<typename Isa::XInt>(Isa::kOffset);
    return defect;
  }
  const float inverse = top > 0.0F ? 127.0F / top : 0.0F;
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  for (i = 0; i + Isa::kLanes <= depth; i += Isa::kLanes) {
    const Float rounded = (load_floats<Isa>(x + i) * inverse + kRound) - kRound;
    const auto narrow = __builtin_convertvector(
        __builtin_convertvector(rounded, Int) + Isa::kOffset, typename Isa::XVector);
    __builtin_memcpy(q + i, &narrow, sizeof(narrow));
  }
  for (; i < depth; ++i) {
    const float rounded = (x[i] * inverse + kRound) - kRound;
    q[i] = static_cast<typename Isa::XInt>(static_cast<std::int32_t>(rounded) + Isa::kOffset);
  }
  for (; i < padded; ++i)
    q[i] = static_cast<typename Isa::XInt>(Isa::kOffset);
  return top / 127.0F;
}

/// Loops that the compiler turns into vector instructions of the file it is in.
void widen_bfloat16(const std::uint16_t* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t bits = static_cast<std::uint32_t>(from[i]) << 16;
    __builtin_memcpy(to + i, &bits, sizeof(bits));
  }
}

/// Exponent and mantissa are moved to their places in a float; a multiplication repairs the bias of
/// the exponent, and gives subnormal numbers their value.
void widen_float16(const std::uint16_t* from, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t half = from[i];
    const std::uint32_t size_bits = (half & 0x7fffU) << 13;
    float size = 0.0F;
    __builtin_memcpy(&size, &size_bits, sizeof(size));
    size *= 0x1p112F;
    std::uint32_t bits = 0;
    __builtin_memcpy(&bits, &size, sizeof(bits));
    bits |= (half & 0x8000U) << 16;
    __builtin_memcpy(to + i, &bits, sizeof(bits));
  }
}

/// The sum of the lanes, by halves.
template <class Isa>
inline float sum_of_lanes(typename Isa::Float value) {
  if constexpr (Isa::kLanes == 16) {
    value +=
        __builtin_shufflevector(value, value, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    value +=
        __builtin_shufflevector(value, value, 4, 5, 6, 7, 0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15);
    return (value[0] + value[2]) + (value[1] + value[3]);
  } else if constexpr (Isa::kLanes == 8) {
    value += __builtin_shufflevector(value, value, 4, 5, 6, 7, 0, 1, 2, 3);
    return (value[0] + value[2]) + (value[1] + value[3]);
  } else {
    return (value[0] + value[2]) + (value[1] + value[3]);
  }
}

/// exp(x) for x <= 0: tensor/fast_exp.h for whole vectors.
template <class Isa>
inline typename Isa::Float exp_of_negatives(typename Isa::Float x) {
  using Float = typename Isa::Float;
  using Int = typename Isa::Int;
  const Float lowest = spread<Isa>(-87.0F);
  x = x > lowest ? x : lowest;
  constexpr float kRound = 12582912.0F;
  const Float n = (x * 1.44269504F + kRound) - kRound;
  const Float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  Float p = r * 1.9875691500e-4F + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const Float fraction = p * r * r + r + 1.0F;
  const Int bits = (__builtin_convertvector(n, Int) + 127) << 23;
  Float power;
  __builtin_memcpy(&power, &bits, sizeof(power));
  return fraction * power;
}

/// The scores of `number` keys at once, so that their sums do not wait for each other.
template <class Isa, int number>
inline void score_keys(const QueryAttention& a, std::int64_t first, std::int64_t key) {
  using Float = typename Isa::Float;
  Float sums[number];
#pragma GCC unroll 4
  for (int j = 0; j < number; ++j)
    sums[j] = Float{};
  const float* q = a.query + first;
  const std::int64_t whole = a.width - a.width % Isa::kLanes;
  for (std::int64_t i = 0; i < whole; i += Isa::kLanes) {
    const Float part = load_floats<Isa>(q + i);
#pragma GCC unroll 4
    for (int j = 0; j < number; ++j)
      sums[j] += part * load_floats<Isa>(a.keys[key + j] + first + i);
  }
#pragma GCC unroll 4
  for (int j = 0; j < number; ++j) {
    float total = sum_of_lanes<Isa>(sums[j]);
    for (std::int64_t i = whole; i < a.width; ++i)
      total += q[i] * a.keys[key + j][first + i];
    a.space[key + j] = total * a.scale;
  }
}

/// Scores become weights; gives their sum.
template <class Isa>
inline float exponentiate(float* space, std::int64_t count) {
  using Float = typename Isa::Float;
  constexpr float kNever = -3.0e38F;
  Float never = spread<Isa>(kNever);
  __builtin_memcpy(space + count, &never, sizeof(never));  // up to a whole vector
  Float tops = never;
  for (std::int64_t i = 0; i < count; i += Isa::kLanes) {
    const Float scores = load_floats<Isa>(space + i);
    tops = scores > tops ? scores : tops;
  }
  float top = tops[0];
  for (int lane = 1; lane < Isa::kLanes; ++lane)
    top = tops[lane] > top ? tops[lane] : top;
  Float totals = {};
  for (std::int64_t i = 0; i < count; i += Isa::kLanes) {
    const Float weights = exp_of_negatives<Isa>(load_floats<Isa>(space + i) - top);
    totals += weights;
    __builtin_memcpy(space + i, &weights, sizeof(weights));
  }
  float total = sum_of_lanes<Isa>(totals);
  for (std::int64_t i = count; i % Isa::kLanes != 0; ++i)
    total -= space[i];  // next to nothing
  return total;
}

/// `vectors` vectors of a head's context.
template <class Isa, int vectors>
inline void sum_values(const QueryAttention& a, std::int64_t first, float inverse) {
  using Float = typename Isa::Float;
  Float sums[vectors];
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v)
    sums[v] = Float{};
  for (std::int64_t key = 0; key < a.count; ++key) {
    const Float weight = spread<Isa>(a.space[key]);
    const float* value = a.keys[key] + a.to_value + first;
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v)
      sums[v] += weight * load_floats<Isa>(value + v * Isa::kLanes);
  }
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v) {
    const Float context = sums[v] * inverse;
    __builtin_memcpy(a.context + first + v * Isa::kLanes, &context, sizeof(context));
  }
}

template <class Isa>
void attend(const QueryAttention& a) {
  for (std::int64_t head = 0; head < a.heads; ++head) {
    const std::int64_t first = head * a.width;
    std::int64_t key = 0;
    for (; key + 4 <= a.count; key += 4)
      score_keys<Isa, 4>(a, first, key);
    for (; key < a.count; ++key)
      score_keys<Isa, 1>(a, first, key);
    const float inverse = 1.0F / exponentiate<Isa>(a.space, a.count);
    std::int64_t i = 0;
    for (; i + 4 * Isa::kLanes <= a.width; i += 4 * Isa::kLanes)
      sum_values<Isa, 4>(a, first + i, inverse);
    for (; i + Isa::kLanes <= a.width; i += Isa::kLanes)
      sum_values<Isa, 1>(a, first + i, inverse);
    for (; i < a.width; ++i) {
      float sum = 0.0F;
      for (key = 0; key < a.count; ++key)
        sum += a.space[key] * a.keys[key][a.to_value + first + i];
      a.context[first + i] = sum * inverse;
    }
  }
}

template <class Isa>
ProductKernels kernels_of(const char* name) {
  ProductKernels kernels = {};
  kernels.name = name;
  kernels.panel_width = 2 * Isa::kLanes;
  kernels.multiply_float = multiply_float<Isa>;
  kernels.multiply_int8 = multiply_int8<Isa>;
  kernels.attend = attend<Isa>;
  kernels.group = Isa::kGroup;
  kernels.bytes_of_x = sizeof(typename Isa::XInt);
  kernels.offset_of_x = Isa::kOffset;
  kernels.quantise_row = quantise_row<Isa>;
  kernels.widen_bfloat16 = widen_bfloat16;
  kernels.widen_float16 = widen_float16;
  return kernels;
}

}  // namespace
}  // namespace regard::kernels
