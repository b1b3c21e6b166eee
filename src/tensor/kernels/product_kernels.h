#pragma once

#include <cstdint>

// Products of a few rows with a panel of packed weights, for each instruction set. These files see
// nothing but built-in types: they are compiled for processors that the rest of the program does
// not ask for, so no inline function of a library may be compiled here.

namespace regard::kernels {

/// What follows a product: y = activation(product + bias) + added.
struct Finish {
  const float* bias = nullptr;   ///< [columns]; null = 0
  const float* added = nullptr;  ///< [rows, columns], may be y itself; null = 0
  std::int64_t added_stride = 0;
  bool has_relu = false;
};

/// x [rows, depth] times the columns of one panel, into y [rows, columns].
///
/// A panel holds `panel_width` columns of W^T. Float panels are [depth][panel_width]. Integer ones
/// are [groups][panel_width][group] int8, the depth padded with zeros to whole groups.
struct PanelProduct {
  const void* x = nullptr;    ///< float, or what quantise_row() made
  std::int64_t x_stride = 0;  ///< from row to row
  std::int64_t rows = 0;
  std::int64_t depth = 0;  ///< of floats, or whole groups of integers
  const void* panel = nullptr;
  float* y = nullptr;
  std::int64_t y_stride = 0;
  std::int64_t columns = 0;
  Finish finish;
  const float* x_scales = nullptr;            ///< integers: [rows]
  const float* scales = nullptr;              ///< integers: [columns]
  const std::int32_t* corrections = nullptr;  ///< integers: [panel_width], added to the sums
};

/// One query over its keys, head by head: softmax(q k scale) v.
struct QueryAttention {
  const float* query = nullptr;        ///< [heads * width]
  const float* const* keys = nullptr;  ///< [count] each [heads * width]
  std::int64_t count = 0;              ///< above 0
  std::int64_t to_value = 0;           ///< from a key to its value, in floats
  std::int64_t heads = 0;
  std::int64_t width = 0;
  float scale = 1.0F;
  float* space = nullptr;    ///< attention_space(count) floats
  float* context = nullptr;  ///< [heads * width]
};

/// Kernels write whole vectors of scores.
constexpr std::int64_t attention_space(std::int64_t count) {
  return count + 16;
}

/// The kernels of one instruction set.
struct ProductKernels {
  const char* name = "";
  std::int64_t panel_width = 0;
  void (*multiply_float)(const PanelProduct&) = nullptr;
  void (*multiply_int8)(const PanelProduct&) = nullptr;
  void (*attend)(const QueryAttention&) = nullptr;
  std::int64_t group = 0;        ///< neighbouring integers of a column that are multiplied at once
  std::int64_t bytes_of_x = 0;   ///< of one quantised value
  std::int32_t offset_of_x = 0;  ///< added to each of them
  /// x [depth] -> integers from -127 to 127, `offset_of_x` added, zero (without the offset) up to
  /// `padded`; gives the scale: value = integer * scale.
  float (*quantise_row)(const float* x, std::int64_t depth, std::int64_t padded,
                        void* out) = nullptr;
  /// Finite numbers of 16 bits to floats.
  void (*widen_bfloat16)(const std::uint16_t* from, std::int64_t count, float* to) = nullptr;
  void (*widen_float16)(const std::uint16_t* from, std::int64_t count, float* to) = nullptr;
};

/// Always there.
ProductKernels portable_kernels();
/// Only to be used on processors that have AVX2 and FMA; name is empty where the compiler or the
/// architecture knows no such instructions.
ProductKernels avx2_kernels();
/// The same for AVX-512 F, BW, VL and VNNI.
ProductKernels avx512_kernels();

}  // namespace regard::kernels
