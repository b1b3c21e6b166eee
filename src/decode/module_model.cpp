#include "regard/decode/module_model.h"

#include <ATen/Parallel.h>

#include "regard/core/strings.h"
#include "regard/decode/packing.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

/// The mean over the chosen layers and heads: [rows, queries, keys].
Tensor chosen_weights(const std::vector<AttentionRecord>& records,
                      const AlignmentOptions& options) {
  std::vector<Tensor> chosen;
  for (const AttentionRecord& record : records) {
    if (!is_chosen(record.name, options)) continue;
    require_head(record.name, record.weights.size(1), options);
    chosen.push_back(options.head < 0 ? record.weights.mean(1)
                                      : record.weights.select(1, options.head));
  }
  if (chosen.empty()) throw_no_such_map(options);
  return at::stack(chosen).mean(0);
}

/// [pairs, queries, keys], on the CPU.
Tensor forced_weights(Seq2SeqImpl& model, const std::vector<TokenPair>& pairs,
                      const TokenRoles& roles, const AlignmentOptions& options) {
  std::vector<TokenSpan> sources;
  std::vector<TokenSpan> targets;
  for (const TokenPair& pair : pairs) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  const torch::Device device = model.output_weight().device();
  const auto on_device = [&](const Sequences& sequences) {
    return Sequences{sequences.ids.to(device), sequences.lengths.to(device)};
  };
  const ForwardContext context;
  const EncoderOutput encoded =
      model.encode(on_device(pad_sequences(sources, -1, roles.source_end, roles.pad)), context);
  std::vector<AttentionRecord> records;
  model.decode(on_device(pad_sequences(targets, roles.decoder_start, -1, roles.pad)), encoded,
               context, &records);
  return chosen_weights(records, options).to(at::kCPU, at::kFloat).contiguous();
}

AttentionMatrix matrix_of(const Tensor& weights, const TokenPair& pair) {
  AttentionMatrix matrix(std::ssize(pair.target), std::ssize(pair.source));
  // The query that read target token t - 1 (or the start mark) is the one that said token t.
  for (std::int64_t target = 0; target < matrix.targets; ++target) {
    const auto* from = weights.const_data_ptr<float>() + target * weights.size(1);
    std::copy_n(from, matrix.sources, matrix.values.data() + target * matrix.sources);
  }
  return matrix;
}

}  // namespace

std::unique_ptr<StepScorer> ModuleModel::scorer(Profile* profile) const {
  if (packed_ != nullptr) return packed_->scorer(profile);
  return std::make_unique<ModuleScorer>(model_);
}

std::vector<AttentionMatrix> ModuleModel::cross_attention(const std::vector<TokenPair>& pairs,
                                                          const TokenRoles& roles,
                                                          const AlignmentOptions& options) const {
  if (pairs.empty()) return {};
  const torch::NoGradGuard no_grad;
  const Tensor weights = forced_weights(model_, pairs, roles, options);
  std::vector<AttentionMatrix> result;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    result.push_back(matrix_of(weights[static_cast<std::int64_t>(i)], pairs[i]));
  return result;
}

bool ModuleModel::is_on_cpu() const {
  return model_.output_weight().is_cpu();
}

void ModuleModel::use_threads(int threads) const {
  at::set_num_threads(threads);  // LibTorch counts threads for each thread that starts some
}

Models module_models(const std::vector<Seq2SeqImpl*>& models) {
  Models all;
  for (Seq2SeqImpl* model : models)
    all.emplace_back(std::make_shared<ModuleModel>(*model));
  return all;
}

std::vector<Problem> packing_obstacles(const Seq2SeqImpl& model) {
  const Tensor& weight = model.output_weight();
  if (!weight.is_cpu()) return {{{}, "the model is not on the CPU", "use --device cpu"}};
  if (weight.scalar_type() != at::kFloat)
    return {{{}, "the weights are not float32", "convert them to float32"}};
  return packing_obstacles(model.options());
}

std::shared_ptr<const PackedTransformer> pack_model(const Seq2SeqImpl& model, WeightType type) {
  TORCH_CHECK(packing_obstacles(model).empty(), "a model with obstacles is not packed");
  WeightMap weights;
  for (const auto& item : model.named_parameters()) {
    const auto kept = std::make_shared<const Tensor>(item.value().detach().contiguous());
    weights[item.key()] = {kept->const_data_ptr<float>(), kept->sizes().vec(), kept};
  }
  return std::make_shared<const PackedTransformer>(
      transformer_plan(model.options(), model.source_vocabulary(), model.target_vocabulary()),
      weights, type);
}

std::shared_ptr<const PackedTransformer> try_packing(const Seq2SeqImpl& model, WeightType type) {
  const std::vector<Problem> obstacles = packing_obstacles(model);
  if (obstacles.empty()) return pack_model(model, type);
  if (type == WeightType::float32) return nullptr;
  throw UserError(str("--precision: ", config::word_of(type), " requires packed weights, but ",
                      obstacles.front().what),
                  "use float32");
}

Models packed_models(const std::vector<Seq2SeqImpl*>& models, WeightType type) {
  Models all;
  for (Seq2SeqImpl* model : models)
    all.emplace_back(std::make_shared<ModuleModel>(*model, try_packing(*model, type)));
  return all;
}

std::optional<std::vector<std::string>> translate_with(const TranslationService& translator,
                                                       Seq2SeqImpl& model,
                                                       std::span<const std::string> lines,
                                                       const StopFlag* stop) {
  const Models models = packed_models({&model}, WeightType::float32);
  const Translations all = translator.translate_all(models, {lines}, stop);
  if (all.size() != lines.size()) return std::nullopt;
  return best_texts(all);
}

}  // namespace regard
