#include "regard/engine/packed_matrix.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "regard/core/strings.h"
#include "regard/engine/kernel_choice.h"
#include "regard/engine/parallel.h"

#include "panels.h"
#include "short_floats.h"

namespace regard {

using kernels::PanelProduct;
using kernels::ProductKernels;

namespace {

constexpr std::int64_t kRowBlock = 48;             // rows for which a panel is read once
constexpr std::int64_t kLargeRowBlock = 256;       // of weights that are widened first
constexpr std::int64_t kWorthAThread = 1 << 21;    // multiplications that make up for waking one
constexpr std::int64_t kRoundedAtATime = 1 << 16;  // weights that are rounded

std::int64_t rounded_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::int64_t size_of(WeightType type) {
  if (type == WeightType::float32) return sizeof(float);
  return type == WeightType::int8 ? 1 : sizeof(std::uint16_t);
}

/// Numbers of 16 bits in place of floats.
Buffer<char> shortened(const FloatBuffer& values, WeightType type) {
  Buffer<char> result(values.size() * size_of(type));
  auto* to = reinterpret_cast<std::uint16_t*>(result.data());
  const auto shorten = type == WeightType::bfloat16 ? to_bfloat16 : to_float16;
  parallel_shares(values.size(), kRoundedAtATime, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      to[i] = shorten(values.data()[i]);
  });
  return result;
}

}  // namespace

struct PackedMatrix::Panels {
  ProductKernels kernels;
  WeightType type = WeightType::float32;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t depth = 0;                 // of a panel: `in`, in int8 up to a whole group
  std::int64_t count = 0;                 // of panels
  FloatBuffer floats;                     // float32: see panels_of()
  Buffer<char> data;                      // 16 bits: the same; int8: [panels, groups, width, group]
  std::vector<float> bias;                // [out] or empty
  std::vector<float> scales;              // int8: [out, padded to whole panels]
  std::vector<std::int32_t> corrections;  // int8: [the same] what the offset of x adds to the sums,
                                          // negative

  Panels(const MatrixView& weight, std::span<const float> added, WeightType kind,
         ProductKernel kernel);
  void quantise(const MatrixView& weight);
  void quantise_output(const MatrixView& weight, std::int64_t output);
  std::int64_t bytes_of_panel() const { return depth * kernels.panel_width * size_of(type); }
  const void* widened(std::int64_t panel, std::vector<float>& space) const;
  void multiply_panels(std::int64_t begin, std::int64_t end, const PanelProduct& x, float* y,
                       const Epilogue& epilogue) const;
};

PackedMatrix::Panels::Panels(const MatrixView& weight, std::span<const float> added,
                             WeightType kind, ProductKernel kernel)
    : kernels(kernel == ProductKernel::best ? best_kernels() : kernels_for(kernel)),
      type(kind),
      in(weight.columns),
      out(weight.rows),
      depth(weight.columns),
      count((weight.rows + kernels.panel_width - 1) / kernels.panel_width),
      bias(added.begin(), added.end()) {
  if (!bias.empty() && std::ssize(bias) != out)
    throw std::invalid_argument(str("a bias of ", bias.size(), " for ", out, " outputs"));
  if (kind == WeightType::int8) {
    quantise(weight);
    return;
  }
  floats = panels_of(weight, kernels.panel_width);
  if (kind == WeightType::float32) return;
  data = shortened(floats, kind);
  floats = FloatBuffer();
}

void PackedMatrix::Panels::quantise(const MatrixView& weight) {
  depth = rounded_up(in, kernels.group);
  data = Buffer<char>(count * bytes_of_panel());
  std::fill_n(data.data(), data.size(), '\0');
  scales.assign(static_cast<std::size_t>(count * kernels.panel_width), 0.0F);
  corrections.assign(scales.size(), 0);
  const std::int64_t share =
      std::max<std::int64_t>(1, kRoundedAtATime / std::max<std::int64_t>(1, in));
  parallel_shares(out, share, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t output = begin; output < end; ++output)
      quantise_output(weight, output);
  });
}

/// The largest weight of the output becomes 127.
void PackedMatrix::Panels::quantise_output(const MatrixView& weight, std::int64_t output) {
  const float* row = weight.data + output * weight.row_stride;
  float top = 0.0F;
  for (std::int64_t i = 0; i < in; ++i) {
    const float size = std::abs(row[i * weight.column_stride]);
    if (!(size <= top)) top = size;  // also what is not a number
  }
  const float scale = top / 127.0F;
  const float divisor = scale > 0.0F ? scale : 1.0F;
  const std::int64_t width = kernels.panel_width;
  char* to = data.data() + output / width * bytes_of_panel() + output % width * kernels.group;
  constexpr float kRound =
      12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer, of two to the even
  std::int32_t sum = 0;
  for (std::int64_t i = 0; i < in; ++i) {
    const float rounded = (row[i * weight.column_stride] / divisor + kRound) - kRound;
    const auto integer = static_cast<std::int8_t>(std::clamp(rounded, -127.0F, 127.0F));
    to[i / kernels.group * width * kernels.group + i % kernels.group] = static_cast<char>(integer);
    sum += integer;
  }
  scales[static_cast<std::size_t>(output)] = scale;
  corrections[static_cast<std::size_t>(output)] = sum * -kernels.offset_of_x;
}

/// A panel, 16-bit weights as floats.
const void* PackedMatrix::Panels::widened(std::int64_t panel, std::vector<float>& space) const {
  const std::int64_t size = depth * kernels.panel_width;
  if (type == WeightType::float32) return floats.data() + panel * size;
  const char* from = data.data() + panel * bytes_of_panel();
  if (type == WeightType::int8) return from;
  space.resize(static_cast<std::size_t>(size));
  const auto widen = type == WeightType::bfloat16 ? kernels.widen_bfloat16 : kernels.widen_float16;
  widen(reinterpret_cast<const std::uint16_t*>(from), size, space.data());
  return space.data();
}

/// Panels [begin, end) for all rows. `x` says what is multiplied.
void PackedMatrix::Panels::multiply_panels(std::int64_t begin, std::int64_t end,
                                           const PanelProduct& x, float* y,
                                           const Epilogue& epilogue) const {
  const bool is_integer = type == WeightType::int8;
  const bool is_wide = type == WeightType::float32 || is_integer;
  const std::int64_t block = is_wide ? kRowBlock : kLargeRowBlock;
  const std::int64_t bytes = is_integer ? kernels.bytes_of_x : sizeof(float);
  const std::int64_t width = kernels.panel_width;
  std::vector<float> space;
  for (std::int64_t first = 0; first < x.rows; first += block) {
    for (std::int64_t panel = begin; panel < end; ++panel) {
      const std::int64_t column = panel * width;
      PanelProduct p = x;
      p.x = static_cast<const char*>(x.x) + first * x.x_stride * bytes;
      p.rows = std::min(block, x.rows - first);
      p.panel = widened(panel, space);
      p.y = y + first * out + column;
      p.y_stride = out;
      p.columns = std::min(width, out - column);
      p.epilogue.bias = bias.empty() ? nullptr : bias.data() + column;
      p.epilogue.has_relu = epilogue.has_relu;
      p.epilogue.added =
          epilogue.added == nullptr ? nullptr : epilogue.added + first * out + column;
      p.epilogue.added_stride = out;
      if (is_integer) {
        p.x_scales = x.x_scales + first;
        p.scales = scales.data() + column;
        p.corrections = corrections.data() + column;
        kernels.multiply_int8(p);
      } else {
        kernels.multiply_float(p);
      }
    }
  }
}

PackedMatrix::PackedMatrix(const MatrixView& weight, std::span<const float> bias, WeightType type,
                           ProductKernel kernel)
    : panels_(std::make_shared<const Panels>(weight, bias, type, kernel)) {}

std::int64_t PackedMatrix::in() const {
  return panels_->in;
}

std::int64_t PackedMatrix::out() const {
  return panels_->out;
}

std::int64_t PackedMatrix::bytes() const {
  return panels_->count * panels_->bytes_of_panel();
}

void PackedMatrix::multiply(const float* x, std::int64_t rows, float* y,
                            const Epilogue& epilogue) const {
  const Panels& panels = *panels_;
  if (rows == 0) return;
  PanelProduct product = {};
  product.x = x;
  product.x_stride = product.depth = panels.in;
  product.rows = rows;
  std::vector<char> integers;
  std::vector<float> x_scales;
  if (panels.type == WeightType::int8) {
    const std::int64_t row_bytes = panels.depth * panels.kernels.bytes_of_x;
    integers.resize(static_cast<std::size_t>(rows * row_bytes));
    x_scales.resize(static_cast<std::size_t>(rows));
    for (std::int64_t row = 0; row < rows; ++row) {
      x_scales[static_cast<std::size_t>(row)] = panels.kernels.quantise_row(
          x + row * panels.in, panels.in, panels.depth, integers.data() + row * row_bytes);
    }
    product.x = integers.data();
    product.x_stride = product.depth = panels.depth;
    product.x_scales = x_scales.data();
  }
  const std::int64_t grain =
      std::max<std::int64_t>(1, kWorthAThread / (rows * panels.in * panels.kernels.panel_width));
  parallel_shares(panels.count, grain, [&](std::int64_t begin, std::int64_t end) {
    panels.multiply_panels(begin, end, product, y, epilogue);
  });
}

}  // namespace regard
