#include "regard/train/validator.h"

#include <cmath>

#include "regard/metrics/make_metric.h"
#include "regard/tensor/token_rows.h"
#include "regard/tensor/torch.h"
#include "regard/train/loss.h"
#include "regard/train/policy_loss.h"

namespace regard {

using torch::Tensor;

TokenStates forward_tokens(Seq2SeqImpl& model, const Batch& batch, const ForwardContext& context) {
  std::vector<AttentionRecord> records;
  const bool draws = context.is_training() && sampling_of(model.options());
  const EncoderOutput encoded = model.encode(batch.source, context);
  const Tensor hidden = model.decode(batch.target_input, encoded, context,
                                     draws ? &records : nullptr);  // [rows, positions, dim]
  const Tensor& places = batch.target_input.places;
  TokenStates states;
  states.hidden = pick_rows(hidden.flatten(0, 1), places);
  states.targets = batch.target_output.flatten().index_select(0, places);
  for (const AttentionRecord& record : records) {
    if (!record.extras.entropy.defined()) continue;
    states.draw_log_probability = record.extras.log_probability.flatten().index_select(0, places);
    states.draw_entropy = record.extras.entropy.flatten().index_select(0, places);
  }
  return states;
}

Validator::Validator(ValidationData data, const ValidationOptions& options,
                     TextTranslator& translator, const BatchIds& ids, std::int64_t batch_tokens)
    : data_(std::move(data)),
      options_(options),
      translator_(translator),
      ids_(ids),
      batch_tokens_(batch_tokens) {}

double Validator::mean_loss(Seq2SeqImpl& model) const {
  torch::NoGradGuard no_grad;
  const Corpus& corpus = data_.corpus;
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

std::optional<ValidationResult> Validator::validate(Seq2SeqImpl& model,
                                                    const StopFlag* stop) const {
  ValidationResult result;
  const double loss = mean_loss(model);
  result.values["loss"] = loss;
  result.values["perplexity"] = std::exp(loss);
  if (options_.metrics.empty()) return result;
  auto translations = translator_.translate(model, data_.source_lines, stop);
  if (!translations) return std::nullopt;
  result.translations = std::move(*translations);
  const std::vector<std::vector<std::string>> references = {data_.reference_lines};
  for (const std::string& name : options_.metrics) {
    const MetricScore score = corpus_score(*make_metric(name), result.translations, references);
    result.values[name] = score.score;
    result.signatures.push_back(score.signature);
  }
  return result;
}

}  // namespace regard
