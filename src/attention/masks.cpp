#include "regard/attention/masks.h"

#include <limits>

#include "regard/tensor/token_rows.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

SequenceMask make_sequence_mask(const Tensor& lengths, std::int64_t positions,
                                const Tensor& places) {
  SequenceMask mask;
  mask.lengths = lengths;
  mask.places = places;
  mask.positions = positions;
  const bool is_full =
      places.defined() ? places.numel() == lengths.numel() * positions
                       : lengths.numel() == 0 || lengths.min().item<std::int64_t>() >= positions;
  if (is_full) return mask;
  const Tensor position = at::arange(positions, lengths.options());
  mask.allowed = position.view({1, 1, 1, positions}) < lengths.view({-1, 1, 1, 1});
  return mask;
}

Tensor spread(const Tensor& x, const SequenceMask& mask) {
  if (!mask.is_packed) return x;
  const std::int64_t batch = mask.lengths.size(0);
  return place_rows(x.squeeze(0), mask.places, batch * mask.positions)
      .view({batch, mask.positions, x.size(2)});
}

Tensor packed(const Tensor& x, const SequenceMask& mask) {
  if (!mask.is_packed) return x;
  return pick_rows(x.flatten(0, 1), mask.places).unsqueeze(0);
}

Tensor structural_mask(AttentionMask mask, std::int64_t queries, std::int64_t keys,
                       std::int64_t first_query, const torch::Device& device) {
  if (mask == AttentionMask::none) return {};
  const auto options = at::TensorOptions().dtype(torch::kInt64).device(device);
  const Tensor query = at::arange(first_query, first_query + queries, options);
  const Tensor key = at::arange(keys, options);
  const Tensor columns = key.view({1, 1, 1, keys});
  const Tensor rows = query.view({1, 1, queries, 1});
  switch (mask) {
    case AttentionMask::causal:
      return columns <= rows;
    case AttentionMask::forward:
      return columns < rows;
    case AttentionMask::backward:
      return columns > rows;
    case AttentionMask::diagonal:
      return columns != rows;
    case AttentionMask::none:
      break;
  }
  return {};
}

Tensor combine_masks(const Tensor& a, const Tensor& b) {
  if (!a.defined()) return b;
  if (!b.defined()) return a;
  return a.logical_and(b);
}

Tensor masked_softmax(const Tensor& scores, const Tensor& allowed) {
  if (!allowed.defined()) return at::softmax(scores, -1);
  const double infinity = std::numeric_limits<double>::infinity();
  const Tensor is_empty = allowed.any(-1, /*keepdim=*/true).logical_not();
  // An empty row is given harmless scores first, so that neither its value nor its gradient can
  // become NaN.
  const Tensor weights = at::softmax(
      scores.masked_fill(allowed.logical_not(), -infinity).masked_fill(is_empty, 0.0), -1);
  return weights.masked_fill(is_empty, 0.0);
}

}  // namespace regard
