#include "packed_feed_forward.h"

#include <algorithm>

#include "regard/layers/feed_forward.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

PackedFeedForward::PackedFeedForward(const FeedForwardOptions& options, const WeightPacker& weights)
    : inner_(weights.matrix("network.inner")),
      outer_(weights.matrix("network.outer")),
      norm_(weights.norm("norm")),
      activation_(options.activation),
      is_gated_(options.gated) {}

/// For as many rows as are at hand.
void PackedFeedForward::add_to_slice(ResidualRows& x) const {
  Tensor hidden = at::empty({x.rows(), inner_.out()});
  const bool is_plain_relu = activation_ == Activation::relu && !is_gated_;
  inner_.multiply(x.input(norm_), x.rows(), hidden.mutable_data_ptr<float>(),
                  {.has_relu = is_plain_relu});
  if (is_gated_) {
    const auto halves = hidden.chunk(2, -1);
    hidden = activate(activation_, halves[0]).mul(halves[1]).contiguous();
  } else if (!is_plain_relu) {
    hidden = activate(activation_, hidden);
  }
  x.add(outer_, hidden.const_data_ptr<float>(), norm_);
}

void PackedFeedForward::add_to(ResidualRows& x) const {
  constexpr std::int64_t kSlice = 256;  // rows whose inner layer exists at a time, in the cache
  for (std::int64_t first = 0; first < x.rows(); first += kSlice) {
    ResidualRows slice = x.slice(first, std::min(kSlice, x.rows() - first));
    add_to_slice(slice);
  }
}

}  // namespace regard
