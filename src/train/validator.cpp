#include "regard/train/validator.h"

#include <algorithm>
#include <cmath>

#include "regard/core/strings.h"
#include "regard/data/batch_planner.h"
#include "regard/tensor/torch.h"

namespace regard {

Validator::Validator(std::vector<ValidationData> texts, const ValidationOptions& options,
                     Objective& objective, std::int64_t batch_tokens)
    : texts_(std::move(texts)),
      options_(options),
      objective_(objective),
      batch_tokens_(batch_tokens) {}

double mean_loss(Objective& objective, const BatchMaker& batches, std::int64_t batch_tokens) {
  torch::NoGradGuard no_grad;
  const BatchPlan plan = plan_sorted(batches.corpus().lengths(), batch_tokens);
  const torch::Device device = objective.network().device();
  double sum = 0;
  std::int64_t tokens = 0;
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    const Batch batch = batches.make(plan.batch(b), BatchNumber{}).to(device);
    sum += objective.loss(batch, ForwardContext{}).negative_log_likelihood.item<double>();
    tokens += batch.target_tokens;
  }
  return sum / static_cast<double>(tokens);
}

/// Adds one text's values under its own name; false when `stop` asks to stop.
bool Validator::validate_text(const ValidationData& text, const StopFlag* stop,
                              ValidationResult& result) const {
  const std::string prefix = text.name + ".";
  const double loss = mean_loss(objective_, *text.batches, batch_tokens_);
  result.values[prefix + "loss"] = loss;
  result.values[prefix + "perplexity"] = std::exp(loss);
  if (options_.metrics.empty()) return true;
  auto translations = text.answerer->answer(stop);
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

std::optional<ValidationResult> Validator::validate(const StopFlag* stop) const {
  ValidationResult result;
  for (const ValidationData& text : texts_) {
    if (!validate_text(text, stop, result)) return std::nullopt;
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
