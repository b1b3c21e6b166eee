#include "regard/train/validator.h"

#include <algorithm>
#include <cmath>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/token_rows.h"
#include "regard/tensor/torch.h"
#include "regard/train/loss.h"
#include "regard/train/policy_loss.h"

namespace regard {

using torch::Tensor;

namespace {

AttentionRecord record_called(const std::string& name,
                              const std::vector<AttentionRecord>& records) {
  for (const AttentionRecord& record : records) {
    if (record.name == name) return record;
  }
  throw UserError(str("the decoder has no attention called ", escape_for_message(name)),
                  "regard attend names them, such as decoder.0.cross_attention");
}

}  // namespace

TokenStates forward_tokens(Seq2SeqImpl& model, const Batch& batch, const ForwardContext& context) {
  std::vector<AttentionRecord> records;
  const bool draws = context.is_training() && sampling_of(model.options());
  const EncoderOutput encoded = model.encode(batch.source, context);
  const bool is_recorded = draws || context.only_recorded != nullptr;
  const Tensor hidden = model.decode(batch.target_input, encoded, context,
                                     is_recorded ? &records : nullptr);  // [rows, positions, dim]
  const Tensor& places = batch.target_input.places;
  TokenStates states;
  states.hidden = pick_rows(hidden.flatten(0, 1), places);
  states.targets = batch.target_output.flatten().index_select(0, places);
  if (context.only_recorded != nullptr)
    states.recorded = record_called(*context.only_recorded, records);
  for (const AttentionRecord& record : records) {
    if (!record.extras.entropy.defined()) continue;
    states.draw_log_probability = record.extras.log_probability.flatten().index_select(0, places);
    states.draw_entropy = record.extras.entropy.flatten().index_select(0, places);
  }
  return states;
}

Validator::Validator(std::vector<ValidationData> texts, const ValidationOptions& options,
                     TextTranslator& translator, const BatchIds& ids, std::int64_t batch_tokens)
    : texts_(std::move(texts)),
      options_(options),
      translator_(translator),
      ids_(ids),
      batch_tokens_(batch_tokens) {}

double Validator::mean_loss(Seq2SeqImpl& model, const Corpus& corpus) const {
  torch::NoGradGuard no_grad;
  const BatchPlan plan = plan_sorted(corpus.lengths(), batch_tokens_);
  double sum = 0;
  std::int64_t tokens = 0;
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    std::vector<TokenSpan> sources;
    std::vector<TokenSpan> targets;
    for (const std::int64_t pair : plan.batch(b)) {
      sources.push_back(corpus.source(pair));
      targets.push_back(corpus.target(pair));
    }
    const Batch batch =
        make_batch(sources, targets, {plan.batch(b).begin(), plan.batch(b).end()}, ids_)
            .to(model.output_weight().device());
    const TokenStates states = forward_tokens(model, batch, ForwardContext{});
    const OutputLayer output(model.output_weight(), model.output_bias());
    sum += smoothed_cross_entropy(states.hidden, output, states.targets, 0.0)
               .negative_log_likelihood.item<double>();
    tokens += batch.target_tokens;
  }
  return sum / static_cast<double>(tokens);
}

/// Adds one text's values under its own name; false when `stop` asks to stop.
bool Validator::validate_text(Seq2SeqImpl& model, const ValidationData& text, const StopFlag* stop,
                              ValidationResult& result) const {
  const std::string prefix = text.name + ".";
  const double loss = mean_loss(model, text.corpus);
  result.values[prefix + "loss"] = loss;
  result.values[prefix + "perplexity"] = std::exp(loss);
  if (options_.metrics.empty()) return true;
  auto translations = translator_.translate(model, text.source_lines, stop);
  if (!translations) return false;
  const std::vector<std::vector<std::string>> references = {text.reference_lines};
  for (const std::string& name : options_.metrics) {
    const MetricScore score =
        corpus_score(*make_metric(name, text.metrics), *translations, references);
    result.values[prefix + name] = score.score;
    std::string signature = str(name, ": ", score.signature);
    auto& known = result.signatures;
    if (std::find(known.begin(), known.end(), signature) == known.end())
      known.push_back(std::move(signature));
  }
  result.translations.push_back(std::move(*translations));
  return true;
}

std::optional<ValidationResult> Validator::validate(Seq2SeqImpl& model,
                                                    const StopFlag* stop) const {
  ValidationResult result;
  for (const ValidationData& text : texts_) {
    if (!validate_text(model, text, stop, result)) return std::nullopt;
  }
  std::map<std::string, double> plain;
  for (const auto& item : result.values) {
    const MetricName name = split_metric(item.first);
    if (name.text == texts_.front().name) plain[name.metric] = item.second;
  }
  if (texts_.size() == 1) {
    result.values = std::move(plain);
    return result;
  }
  for (const auto& item : plain) {
    double sum = 0;
    for (const ValidationData& text : texts_)
      sum += result.values.at(str(text.name, ".", item.first));
    result.values["mean." + item.first] = sum / static_cast<double>(texts_.size());
  }
  result.values["mean.perplexity"] = std::exp(result.values["mean.loss"]);
  result.values.merge(plain);
  return result;
}

}  // namespace regard
