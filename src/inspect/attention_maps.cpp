#include "regard/inspect/attention_maps.h"

#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr std::int64_t kShownFeatures = 8;

/// Hundreds of features cannot be looked at: the mean of all, as one head, and the few that look
/// most at one key.   weights [features, queries, keys]
std::pair<Tensor, Tensor> mean_and_sharpest(const Tensor& weights) {
  const Tensor sharpness = weights.amax(-1).mean(-1);  // [features]
  const Tensor order = sharpness.argsort(/*dim=*/0, /*descending=*/true);
  const std::int64_t shown = std::min(kShownFeatures, weights.size(0));
  return {weights.mean(0, /*keepdim=*/true), weights.index_select(0, order.narrow(0, 0, shown))};
}

std::vector<float> numbers_of(const Tensor& tensor) {
  const Tensor local = tensor.to(at::kCPU, at::kFloat).contiguous();
  const auto* value = local.const_data_ptr<float>();
  return {value, value + local.numel()};
}

/// `weights` [heads, queries, keys] of one record.
AttentionMap to_map(const AttentionRecord& record, const std::string& name, const Tensor& weights) {
  AttentionMap map;
  map.name = name;
  const bool is_encoder = record.name.starts_with("encoder.");
  const bool is_cross = record.name.find("cross_attention") != std::string::npos ||
                        record.name.find("step_attention") != std::string::npos;
  map.rows = is_encoder ? TextSide::source : TextSide::target;
  map.columns = is_encoder || is_cross ? TextSide::source : TextSide::target;
  map.heads = weights.size(0);
  map.num_rows = weights.size(1);
  map.num_columns = weights.size(2);
  map.weights = numbers_of(weights);
  if (record.extras.position.defined()) map.positions = numbers_of(record.extras.position);
  return map;
}

/// The maps of one record of a batch of one.
void add_maps(const AttentionRecord& record, std::vector<AttentionMap>& maps) {
  TORCH_CHECK(record.weights.dim() == 4 && record.weights.size(0) == 1,
              "attention_maps: ", record.name, " has weights ", record.weights.sizes());
  const Tensor weights = record.weights.squeeze(0);
  if (!record.is_by_feature) {
    maps.push_back(to_map(record, record.name, weights));
    return;
  }
  const auto [mean, sharpest] = mean_and_sharpest(weights);
  maps.push_back(to_map(record, record.name, mean));
  maps.push_back(to_map(record, record.name + ".sharpest_features", sharpest));
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
    add_maps(record, maps);
  return maps;
}

}  // namespace regard
