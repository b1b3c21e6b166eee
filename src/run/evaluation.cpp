#include "regard/run/evaluation.h"

#include <algorithm>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/metrics/significance.h"
#include "regard/run/bleu_tokenizer.h"
#include "regard/run/model_names.h"
#include "regard/run/text_input.h"
#include "regard/run/text_output.h"

namespace regard {
namespace {

using Lines = std::vector<std::string>;

/// What the metrics count, in the way of the model's own validation where one translates.
MetricOptions metric_options_of(const EvaluationOptions& evaluation, Logger& logger) {
  MetricOptions options = evaluation.metric_options;
  options.bleu.has_effective_order = evaluation.per_sentence;
  std::optional<std::string> name = evaluation.tokenize;
  if (!name && !evaluation.model.empty()) {
    const Config config = load_model_config(model_folder_of(model_paths(evaluation.model).front()));
    if (config.validation.tokenize == "auto") {
      choose_tokenizer_of(config.data.target, options.bleu, logger);
      return options;
    }
    name = config.validation.tokenize;
  }
  choose_tokenizer(name.value_or("13a"), options.bleu);
  return options;
}

NamedText read_named(const std::string& path, Logger& logger) {
  return {name_of_text(path), read_given_text(path, logger)};
}

/// Throws UserError when the texts are not of one length.
void require_same_length(const NamedText& text, const NamedText& other) {
  const std::size_t ours = text.lines.size();
  const std::size_t theirs = other.lines.size();
  if (ours == theirs) return;
  throw UserError(SourceSpot{text.name},
                  str(with_thousands(static_cast<std::int64_t>(ours)),
                      ours == 1 ? " line, but " : " lines, but ", other.name, " has ",
                      with_thousands(static_cast<std::int64_t>(theirs))),
                  "give one line of each per sentence, in the same order");
}

/// What the model makes of the source; kept where an output is given. Nothing when `stop` asks to
/// stop.
std::optional<Lines> translations_of(const EvaluationOptions& options, const ModelBackend& backend,
                                     const Lines& source, const StopFlag& stop) {
  LoadedModels opened = backend.load({options.model, options.device, options.search});
  std::vector<std::filesystem::path> inputs = {options.source};
  inputs.insert(inputs.end(), options.references.begin(), options.references.end());
  std::optional<TextOutput> output;
  if (!options.output.empty()) output.emplace(options.output, inputs_of(opened.files, inputs));
  const LoadedTranslator loaded = make_translator(std::move(opened), options.search);
  const Translations all = loaded.translator.translate_all(loaded.models, {source}, &stop);
  if (stop.is_requested()) return std::nullopt;
  Lines translations;
  for (const std::vector<Translation>& found : all) {
    translations.push_back(found.front().text);
    if (output) output->write(translations.back() + "\n");
  }
  if (output) output->commit();
  return translations;
}

/// In the order of the options, so that the first problem is told. Nothing when `stop` ended the
/// translating.
std::optional<EvaluatedTexts> read_texts(const EvaluationOptions& options,
                                         const ModelBackend& backend, const BleuOptions& of_bleu,
                                         Logger& logger, const StopFlag& stop) {
  const bool has_model = !options.model.empty();
  NamedText first = read_named(has_model ? options.source : options.hypothesis, logger);
  EvaluatedTexts texts;
  std::vector<NamedText> references;
  for (const std::string& path : options.references) {
    references.push_back(read_named(path, logger));
    require_same_length(references.back(), first);
  }
  for (const std::string& path : options.baselines) {
    texts.baselines.push_back(read_named(path, logger));
    require_same_length(texts.baselines.back(), first);
  }
  const auto& names = options.metrics;
  if (std::find(names.begin(), names.end(), "bleu") != names.end()) {
    warn_of_unspaced(references.front().lines, of_bleu, references.front().name, "--tokenize ",
                     logger);
  }
  for (NamedText& reference : references)
    texts.references.push_back(std::move(reference.lines));
  if (!has_model) {
    texts.hypotheses = std::move(first.lines);
    return texts;
  }
  std::optional<Lines> translations = translations_of(options, backend, first.lines, stop);
  if (!translations) return std::nullopt;
  texts.hypotheses = std::move(*translations);
  return texts;
}

std::vector<BaselineComparison> comparisons_of(const Metric& metric,
                                               const std::vector<Statistics>& system,
                                               const EvaluatedTexts& texts) {
  std::vector<BaselineComparison> comparisons;
  for (const NamedText& other : texts.baselines) {
    const auto baseline = corpus_statistics(metric, other.lines, texts.references);
    const PairedTestResult result = paired_test(metric, baseline, system, texts.references.size());
    const double difference =
        result.is_different ? result.system_score - result.baseline_score : 0.0;
    comparisons.push_back(
        {other.name, result.baseline_score, difference, result.p_value, result.is_different});
  }
  return comparisons;
}

}  // namespace

std::vector<std::unique_ptr<Metric>> metrics_of(const std::vector<std::string>& names,
                                                MetricOptions options,
                                                const EvaluatedTexts& texts) {
  std::vector<Lines> all = texts.references;
  all.push_back(texts.hypotheses);
  for (const NamedText& baseline : texts.baselines)
    all.push_back(baseline.lines);
  std::vector<std::unique_ptr<Metric>> metrics;
  for (const std::string& name : names) {
    options.labels = labels_of_answers(name, all);
    metrics.push_back(make_metric(name, options));
  }
  return metrics;
}

Evaluation evaluate_texts(const std::vector<std::unique_ptr<Metric>>& metrics,
                          const EvaluatedTexts& texts, const EvaluationOptions& options) {
  Evaluation evaluation;
  for (const auto& metric : metrics) {
    const auto statistics = corpus_statistics(*metric, texts.hypotheses, texts.references);
    if (options.per_sentence) {
      std::vector<double>& scores = evaluation.sentence_scores.emplace_back();
      for (const Statistics& line : statistics)
        scores.push_back(metric->score(line));
      continue;
    }
    const std::size_t num_references = texts.references.size();
    MetricScore score = options.has_confidence
                            ? score_with_confidence(*metric, statistics, num_references)
                            : corpus_score(*metric, statistics, num_references);
    evaluation.scores.push_back({std::move(score), comparisons_of(*metric, statistics, texts)});
  }
  return evaluation;
}

std::optional<Evaluation> evaluate(const EvaluationOptions& options, const ModelBackend& backend,
                                   Logger& logger, const StopFlag& stop) {
  const MetricOptions of_metrics = metric_options_of(options, logger);
  for (const std::string& name : options.metrics)
    make_metric(name, of_metrics);  // refuses what there is not
  const auto texts = read_texts(options, backend, of_metrics.bleu, logger, stop);
  if (!texts) return std::nullopt;
  return evaluate_texts(metrics_of(options.metrics, of_metrics, *texts), *texts, options);
}

}  // namespace regard
