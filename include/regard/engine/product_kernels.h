#pragma once

#include <cstdint>

// Products of a few rows with a panel of packed weights, for each instruction set. These files see
// nothing but built-in types: they are compiled for CPUs that the rest of the program does
// not ask for, so no inline function of a library may be compiled here. For the same reason the
// structs have no member initializers, which would be inline constructors: make them with {}, which
// sets everything to zero.

namespace regard::kernels {

/// What follows a product: y = activation(product + bias) + added.
struct Epilogue {
  const float* bias;   ///< [columns]; null = 0
  const float* added;  ///< [rows, columns], may be y itself; null = 0
  std::int64_t added_stride;
  bool has_relu;
};

/// x [rows, depth] times the columns of one panel, into y [rows, columns].
///
/// A panel holds `panel_width` columns of W^T. Float panels are [depth][panel_width]. Integer ones
/// are [groups][panel_width][group] int8, the depth padded with zeros to whole groups.
struct PanelProduct {
  const void* x;          ///< float, or what quantise_row() made
  std::int64_t x_stride;  ///< from row to row
  std::int64_t rows;
  std::int64_t depth;  ///< of floats, or whole groups of integers
  const void* panel;
  float* y;
  std::int64_t y_stride;
  std::int64_t columns;
  Epilogue epilogue;
  const float* x_scales;            ///< integers: [rows]
  const float* scales;              ///< integers: [columns]
  const std::int32_t* corrections;  ///< integers: [panel_width], added to the sums
};

/// One query over its keys, head by head: softmax(q k scale) v.
struct QueryAttention {
  const float* query;        ///< [heads * width]
  const float* const* keys;  ///< [count] each [heads * width]
  std::int64_t count;        ///< above 0
  std::int64_t to_value;     ///< from a key to its value, in floats
  std::int64_t heads;
  std::int64_t width;
  float scale;
  float* space;    ///< attention_space(count) floats
  float* context;  ///< [heads * width]
};

/// Kernels write whole vectors of scores.
constexpr std::int64_t attention_space(std::int64_t count) {
  return count + 16;
}

/// The kernels of one instruction set.
struct ProductKernels {
  const char* name;
  std::int64_t panel_width;
  void (*multiply_float)(const PanelProduct&);
  void (*multiply_int8)(const PanelProduct&);
  void (*attend)(const QueryAttention&);
  std::int64_t group;        ///< neighbouring integers of a column that are multiplied at once
  std::int64_t bytes_of_x;   ///< of one quantized value
  std::int32_t offset_of_x;  ///< added to each of them
  /// x [depth] -> integers from -127 to 127, `offset_of_x` added, zero (without the offset) up to
  /// `padded`; gives the scale: value = integer * scale. A row with a value that is not finite
  /// gives zeros and the scale NaN.
  float (*quantise_row)(const float* x, std::int64_t depth, std::int64_t padded, void* out);
  /// Finite numbers of 16 bits to floats.
  void (*widen_bfloat16)(const std::uint16_t* from, std::int64_t count, float* to);
  void (*widen_float16)(const std::uint16_t* from, std::int64_t count, float* to);
};

/// Always there.
ProductKernels portable_kernels();
/// Only to be used on CPUs that have AVX2 and FMA; name is empty where the compiler or the
/// architecture knows no such instructions.
ProductKernels avx2_kernels();
/// The same for AVX-512 F, BW, VL and VNNI.
ProductKernels avx512_kernels();

}  // namespace regard::kernels
