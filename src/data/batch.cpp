#include "regard/data/batch.h"

#include <algorithm>

#include <torch/torch.h>

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
  for (std::int64_t row = 0; row < rows; ++row) {
    const TokenSpan tokens = sentences[static_cast<std::size_t>(row)];
    auto* out = result.ids.mutable_data_ptr<std::int64_t>() + row * longest;
    if (prefix >= 0) *out++ = prefix;
    out = std::copy(tokens.begin(), tokens.end(), out);
    if (suffix >= 0) *out = suffix;
    lengths[row] = static_cast<std::int64_t>(tokens.size()) + extra;
  }
  return result;
}

Batch make_batch(const std::vector<TokenSpan>& sources, const std::vector<TokenSpan>& targets,
                 std::vector<std::int64_t> pairs, const BatchIds& ids) {
  TORCH_CHECK(sources.size() == targets.size() && sources.size() == pairs.size(),
              "make_batch: numbers of rows differ");
  Batch batch;
  batch.source = pad_sequences(sources, -1, ids.source_end, ids.pad);
  batch.target_input = pad_sequences(targets, ids.decoder_start, -1, ids.pad);
  batch.target_output = pad_sequences(targets, -1, ids.target_end, ids.pad).ids;
  batch.source_tokens = batch.source.lengths.sum().item<std::int64_t>();
  batch.target_tokens = batch.target_input.lengths.sum().item<std::int64_t>();
  batch.pairs = std::move(pairs);
  return batch;
}

Batch Batch::to(const torch::Device& device) const {
  if (device.is_cpu()) return *this;
  Batch moved = *this;
  for (torch::Tensor* tensor : {&moved.source.ids, &moved.source.lengths, &moved.target_input.ids,
                                &moved.target_input.lengths, &moved.target_output}) {
    *tensor = tensor->to(device, /*non_blocking=*/true);
  }
  return moved;
}

}  // namespace regard
