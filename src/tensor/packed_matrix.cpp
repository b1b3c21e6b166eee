#include "regard/tensor/packed_matrix.h"

#include <algorithm>
#include <vector>

#include "regard/tensor/checks.h"
#include "regard/tensor/parallel.h"
#include "regard/tensor/torch.h"

#include "kernel_choice.h"
#include "panels.h"

namespace regard {

using at::Tensor;
using kernels::PanelProduct;
using kernels::ProductKernels;

namespace {

constexpr std::int64_t kRowBlock = 48;           // rows for which a panel is read once
constexpr std::int64_t kLargeRowBlock = 256;     // of weights that are widened first
constexpr std::int64_t kWorthAThread = 1 << 21;  // multiplications that make up for waking one

std::int64_t rounded_up(std::int64_t value, std::int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// [out, in] int8 -> [panels, groups, width, group].
Tensor grouped_panels_of(const Tensor& weight, std::int64_t width, std::int64_t group) {
  const std::int64_t rows = rounded_up(weight.size(0), width);
  const std::int64_t depth = rounded_up(weight.size(1), group);
  const Tensor whole =
      at::constant_pad_nd(weight, {0, depth - weight.size(1), 0, rows - weight.size(0)});
  return whole.view({rows / width, width, depth / group, group}).transpose(1, 2).contiguous();
}

}  // namespace

struct PackedMatrix::Panels {
  ProductKernels kernels;
  WeightType type = WeightType::float32;
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t depth = 0;  // of a panel: `in`, in int8 up to a whole group
  Tensor data;             // see panels_of(), grouped_panels_of()
  Tensor bias;             // [out] or undefined
  Tensor scales;           // int8: [out, padded to whole panels]
  Tensor corrections;      // int8: [the same] what the offset of x adds to the sums, negative

  Panels(const Tensor& weight, const Tensor& added, WeightType kind, ProductKernel kernel);
  void quantise(const Tensor& weight);
  std::int64_t count() const { return data.size(0); }
  const void* widened(std::int64_t panel, std::vector<float>& space) const;
  void multiply_panels(std::int64_t begin, std::int64_t end, const PanelProduct& x, float* y,
                       const Epilogue& epilogue) const;
};

PackedMatrix::Panels::Panels(const Tensor& weight, const Tensor& added, WeightType kind,
                             ProductKernel kernel)
    : kernels(kernel == ProductKernel::best ? best_kernels() : kernels_for(kernel)),
      type(kind),
      in(weight.size(1)),
      out(weight.size(0)),
      depth(weight.size(1)) {
  if (added.defined()) bias = added.contiguous();
  if (kind == WeightType::int8) {
    quantise(weight);
    return;
  }
  data = panels_of(weight, kernels.panel_width);
  if (kind == WeightType::bfloat16) data = data.to(at::kBFloat16);
  if (kind == WeightType::float16) data = data.to(at::kHalf);
}

/// The largest weight of each output becomes 127.
void PackedMatrix::Panels::quantise(const Tensor& weight) {
  const std::int64_t width = kernels.panel_width;
  const Tensor scale = std::get<0>(weight.abs().max(1)).div(127.0);
  const Tensor divisor = at::where(scale > 0.0, scale, at::ones_like(scale));
  const Tensor integers = at::round(weight / divisor.unsqueeze(1)).clamp(-127, 127).to(at::kChar);
  data = grouped_panels_of(integers, width, kernels.group);
  depth = rounded_up(in, kernels.group);
  const std::int64_t missing = data.size(0) * width - out;
  scales = at::constant_pad_nd(scale, {0, missing});
  const Tensor sums = integers.to(at::kInt).sum(1, false, at::kInt);
  corrections = at::constant_pad_nd(sums * -kernels.offset_of_x, {0, missing}).contiguous();
}

/// 16-bit weights of a panel as floats.
const void* PackedMatrix::Panels::widened(std::int64_t panel, std::vector<float>& space) const {
  const std::int64_t size = data.stride(0);
  const char* from =
      static_cast<const char*>(data.const_data_ptr()) + panel * size * data.element_size();
  if (type == WeightType::float32 || type == WeightType::int8) return from;
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
      p.epilogue.bias = bias.defined() ? bias.const_data_ptr<float>() + column : nullptr;
      p.epilogue.has_relu = epilogue.has_relu;
      p.epilogue.added =
          epilogue.added == nullptr ? nullptr : epilogue.added + first * out + column;
      p.epilogue.added_stride = out;
      if (is_integer) {
        p.x_scales = x.x_scales + first;
        p.scales = scales.const_data_ptr<float>() + column;
        p.corrections = corrections.const_data_ptr<std::int32_t>() + column;
        kernels.multiply_int8(p);
      } else {
        kernels.multiply_float(p);
      }
    }
  }
}

PackedMatrix::PackedMatrix(const Tensor& weight, const Tensor& bias, WeightType type,
                           ProductKernel kernel) {
  TORCH_CHECK(weight.is_cpu() && weight.dim() == 2 && weight.scalar_type() == at::kFloat,
              "only float32 matrices on the CPU are packed");
  if (bias.defined()) check_shape(bias, {weight.size(0)}, "bias [out]");
  torch::NoGradGuard no_grad;
  panels_ = std::make_shared<const Panels>(weight.detach(), bias, type, kernel);
}

std::int64_t PackedMatrix::in() const {
  return panels_->in;
}

std::int64_t PackedMatrix::out() const {
  return panels_->out;
}

std::int64_t PackedMatrix::bytes() const {
  return static_cast<std::int64_t>(panels_->data.nbytes());
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
  parallel_shares(panels.count(), grain, [&](std::int64_t begin, std::int64_t end) {
    panels.multiply_panels(begin, end, product, y, epilogue);
  });
}

}  // namespace regard
