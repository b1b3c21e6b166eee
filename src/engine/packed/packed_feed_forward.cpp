#include "packed_feed_forward.h"

#include <algorithm>

#include "regard/engine/buffer.h"

namespace regard {
namespace {

/// both [rows, 2 width], activated values next to their factors -> products [rows, width].
FloatBuffer gated(const FloatBuffer& both, std::int64_t rows, std::int64_t width,
                  Activation activation) {
  FloatBuffer products(rows * width);
  for (std::int64_t row = 0; row < rows; ++row) {
    const float* values = both.data() + row * 2 * width;
    float* out = products.data() + row * width;
    std::copy_n(values, width, out);
    activate(activation, out, width);
    for (std::int64_t i = 0; i < width; ++i)
      out[i] *= values[width + i];
  }
  return products;
}

}  // namespace

PackedFeedForward::PackedFeedForward(const SublayerPlan& plan, const WeightPacker& weights)
    : inner_(weights.matrix("network.inner")),
      outer_(weights.matrix("network.outer")),
      norm_(weights.norm("norm")),
      activation_(plan.activation),
      is_gated_(plan.is_gated) {}

/// For as many rows as are at hand.
void PackedFeedForward::add_to_slice(ResidualRows& x) const {
  FloatBuffer hidden(x.rows() * inner_.out());
  const bool is_plain_relu = activation_ == Activation::relu && !is_gated_;
  inner_.multiply(x.input(norm_), x.rows(), hidden.data(), {.has_relu = is_plain_relu});
  if (is_gated_) {
    hidden = gated(hidden, x.rows(), outer_.in(), activation_);
  } else if (!is_plain_relu) {
    activate(activation_, hidden.data(), hidden.size());
  }
  x.add(outer_, hidden.data(), norm_);
}

void PackedFeedForward::add_to(ResidualRows& x) const {
  constexpr std::int64_t kFeedForwardRows =
      256;  // rows whose inner layer exists at a time, in the cache
  for (std::int64_t first = 0; first < x.rows(); first += kFeedForwardRows) {
    ResidualRows slice = x.slice(first, std::min(kFeedForwardRows, x.rows() - first));
    add_to_slice(slice);
  }
}

}  // namespace regard
