#include "regard/inspect/attention_maps.h"

#include <torch/torch.h>

namespace regard {

using torch::Tensor;

namespace {

/// Weights [1, heads, queries, keys] of one record.
AttentionMap to_map(const AttentionRecord& record) {
  const Tensor weights = record.weights.to(at::kCPU, at::kFloat).squeeze(0).contiguous();
  TORCH_CHECK(weights.dim() == 3, "attention_maps: ", record.name, " has weights ",
              record.weights.sizes());
  AttentionMap map;
  map.name = record.name;
  const bool is_encoder = record.name.starts_with("encoder.");
  const bool is_cross = record.name.find("cross_attention") != std::string::npos;
  map.rows = is_encoder ? TextSide::source : TextSide::target;
  map.columns = is_encoder || is_cross ? TextSide::source : TextSide::target;
  map.heads = weights.size(0);
  map.num_rows = weights.size(1);
  map.num_columns = weights.size(2);
  const auto* value = weights.const_data_ptr<float>();
  map.weights.assign(value, value + weights.numel());
  return map;
}

}  // namespace

std::vector<AttentionMap> attention_maps(Seq2SeqImpl& model, TokenSpan source, TokenSpan target,
                                         const TokenRoles& roles) {
  torch::NoGradGuard no_grad;
  const torch::Device device = model.output_weight().device();
  const auto batch_of_one = [&](TokenSpan tokens, std::int64_t first, std::int64_t last) {
    const Sequences sequences = pad_sequences({tokens}, first, last, roles.pad);
    return Sequences{sequences.ids.to(device), sequences.lengths.to(device)};
  };
  const ForwardContext context;
  std::vector<AttentionRecord> records;
  const EncoderOutput encoded =
      model.encode(batch_of_one(source, -1, roles.source_end), context, &records);
  model.decode(batch_of_one(target, roles.decoder_start, -1), encoded, context, &records);
  std::vector<AttentionMap> maps;
  for (const AttentionRecord& record : records)
    maps.push_back(to_map(record));
  return maps;
}

}  // namespace regard
