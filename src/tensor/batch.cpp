#include "regard/tensor/batch.h"

#include <algorithm>
#include <stdexcept>

#include "regard/tensor/torch.h"

namespace regard {

Sequences pad_sequences(const std::vector<TokenSpan>& sentences, std::int64_t prefix,
                        std::int64_t suffix, std::int64_t pad) {
  const std::int64_t extra = (prefix >= 0 ? 1 : 0) + (suffix >= 0 ? 1 : 0);
  std::int64_t longest = 0;
  for (const TokenSpan tokens : sentences) {
    longest = std::max(longest, static_cast<std::int64_t>(tokens.size()) + extra);
  }
  const auto rows = static_cast<std::int64_t>(sentences.size());
  Sequences result{at::full({rows, longest}, pad, at::kLong), at::empty({rows}, at::kLong)};
  auto* lengths = result.lengths.mutable_data_ptr<std::int64_t>();
  std::vector<std::int64_t> places;
  for (std::int64_t row = 0; row < rows; ++row) {
    const TokenSpan tokens = sentences[static_cast<std::size_t>(row)];
    auto* out = result.ids.mutable_data_ptr<std::int64_t>() + row * longest;
    if (prefix >= 0) *out++ = prefix;
    out = std::copy(tokens.begin(), tokens.end(), out);
    if (suffix >= 0) *out = suffix;
    lengths[row] = static_cast<std::int64_t>(tokens.size()) + extra;
    for (std::int64_t i = 0; i < lengths[row]; ++i)
      places.push_back(row * longest + i);
  }
  result.places = at::tensor(places, at::kLong);
  return result;
}

namespace {

torch::Tensor moved(const torch::Tensor& tensor, const torch::Device& device) {
  if (!tensor.defined() || device.is_cpu()) return tensor;
  // Only from pinned memory does a copy overlap with the arithmetic.
  const torch::Tensor from = device.is_cuda() && !tensor.is_pinned() ? tensor.pin_memory() : tensor;
  return from.to(device, /*non_blocking=*/true);
}

}  // namespace

Sequences Sequences::to(const torch::Device& device) const {
  return {moved(ids, device), moved(lengths, device), moved(places, device)};
}

Batch make_batch(const std::vector<TokenSpan>& sources, const std::vector<TokenSpan>& targets,
                 std::vector<std::int64_t> pairs, const BatchIds& ids) {
  TORCH_CHECK(sources.size() == targets.size() && sources.size() == pairs.size(),
              "make_batch: different numbers of rows");
  Batch batch;
  batch.source = pad_sequences(sources, -1, ids.source_end, ids.pad);
  batch.target_input = pad_sequences(targets, ids.decoder_start, -1, ids.pad);
  batch.target_output = pad_sequences(targets, -1, ids.target_end, ids.pad).ids;
  batch.source_tokens = batch.source.lengths.sum().item<std::int64_t>();
  batch.target_tokens = batch.target_input.lengths.sum().item<std::int64_t>();
  batch.pairs = std::move(pairs);
  return batch;
}

torch::Tensor make_guide(const Batch& batch, const std::vector<PairLinks>& links) {
  TORCH_CHECK(static_cast<std::int64_t>(links.size()) == batch.rows(),
              "make_guide: different numbers of rows");
  const std::int64_t targets = batch.target_input.ids.size(1);
  const std::int64_t sources = batch.source.ids.size(1);
  torch::Tensor guide = at::zeros({batch.rows(), targets, sources}, at::kFloat);
  auto* out = guide.mutable_data_ptr<float>();
  const auto* source_lengths = batch.source.lengths.const_data_ptr<std::int64_t>();
  const auto* target_lengths = batch.target_input.lengths.const_data_ptr<std::int64_t>();
  for (const PairLinks& pair : links) {
    for (std::size_t i = 0; i < pair.source.size(); ++i) {
      const std::int64_t source = pair.source[i];
      const std::int64_t target = pair.target[i];
      if (source < 0 || target < 0 || source + 1 >= *source_lengths ||
          target + 1 >= *target_lengths) {
        throw std::out_of_range("a link points outside its pair");
      }
      out[target * sources + source] = 1.0F;
    }
    out += targets * sources;
    ++source_lengths;
    ++target_lengths;
  }
  return guide / guide.sum(-1, /*keepdim=*/true).clamp_min(1.0);
}

Batch Batch::to(const torch::Device& device) const {
  if (device.is_cpu()) return *this;
  Batch there = *this;
  there.source = source.to(device);
  there.target_input = target_input.to(device);
  there.target_output = moved(target_output, device);
  there.guide = moved(guide, device);
  there.second = second.to(device);
  for (torch::Tensor& field : there.fields)
    field = moved(field, device);
  return there;
}

namespace {

/// Rows [begin, begin + count), without positions that hold padding alone.
Sequences rows_of(const Sequences& all, std::int64_t begin, std::int64_t count) {
  Sequences rows;
  if (!all.ids.defined()) return rows;
  rows.lengths = all.lengths.narrow(0, begin, count).contiguous();
  const std::int64_t longest = rows.lengths.max().item<std::int64_t>();
  rows.ids = all.ids.narrow(0, begin, count).narrow(1, 0, longest).contiguous();
  const torch::Tensor position = at::arange(longest, rows.lengths.options());
  const torch::Tensor is_real = position.unsqueeze(0) < rows.lengths.unsqueeze(1);
  rows.places = is_real.flatten().nonzero().squeeze(1).contiguous();
  return rows;
}

Batch part_of(const Batch& batch, std::int64_t begin, std::int64_t count) {
  Batch part;
  part.source = rows_of(batch.source, begin, count);
  part.target_input = rows_of(batch.target_input, begin, count);
  part.second = rows_of(batch.second, begin, count);
  if (batch.target_output.defined()) {
    part.target_output = batch.target_output.narrow(0, begin, count)
                             .narrow(1, 0, part.target_input.ids.size(1))
                             .contiguous();
  }
  if (batch.guide.defined()) {
    part.guide = batch.guide.narrow(0, begin, count)
                     .narrow(1, 0, part.target_input.ids.size(1))
                     .narrow(2, 0, part.source.ids.size(1))
                     .contiguous();
  }
  for (const torch::Tensor& field : batch.fields)
    part.fields.push_back(field.narrow(0, begin, count).contiguous());
  if (batch.units.defined()) part.units = batch.units.narrow(0, begin, count).contiguous();
  part.pairs.assign(batch.pairs.begin() + begin, batch.pairs.begin() + begin + count);
  part.source_tokens = part.source.places.numel();
  part.target_tokens = part.units.defined() ? part.units.sum().item<std::int64_t>()
                                            : part.target_input.places.numel();
  return part;
}

}  // namespace

std::pair<Batch, Batch> Batch::halves() const {
  TORCH_CHECK(rows() >= 2, "a batch of ", rows(), " rows cannot be split");
  const std::int64_t half = rows() / 2;
  return {part_of(*this, 0, half), part_of(*this, half, rows() - half)};
}

}  // namespace regard
