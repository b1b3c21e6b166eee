#include <iostream>

#include <nlohmann/json.hpp>
#include <torch/torch.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/decode/translator.h"
#include "regard/metrics/make_metric.h"
#include "regard/metrics/significance.h"
#include "regard/tensor/device.h"
#include "regard/text/line_reader.h"

#include "command.h"
#include "model_folder.h"

namespace regard {
namespace {

using Lines = std::vector<std::string>;

struct EvaluateArguments {
  std::string model;
  std::string source;
  std::string hypothesis;
  std::vector<std::string> references;
  std::vector<std::string> baselines;
  std::vector<std::string> metrics = {"bleu"};
  std::string tokenize = "13a";
  std::string smooth = "exp";
  bool is_lowercased = false;
  bool per_sentence = false;
  bool has_confidence = false;
  bool as_json = false;
};

Lines read_text(const std::string& path) {
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::replace;
  LineReader reader(std::filesystem::path(path), options);
  Lines lines;
  for (Line line; reader.next(line);)
    lines.push_back(std::move(line.text));
  return lines;
}

MetricOptions metric_options(const EvaluateArguments& arguments) {
  MetricOptions options;
  options.bleu.tokenizer = parse_bleu_tokenizer(arguments.tokenize);
  options.bleu.smoothing = parse_bleu_smoothing(arguments.smooth);
  options.bleu.is_lowercased = arguments.is_lowercased;
  options.bleu.has_effective_order = arguments.per_sentence;
  options.chrf.is_lowercased = arguments.is_lowercased;
  return options;
}

Lines translations_of(const EvaluateArguments& arguments) {
  const Lines source = read_text(arguments.source);
  OpenedModel model = open_model(arguments.model, parse_device("auto"));
  TranslatorOptions options;
  options.decoding = model.config.decoding;
  Translator translator(model.tokenizers.source, model.tokenizers.target, model.header.roles,
                        options);
  return *translator.translate(*model.model, source, nullptr);
}

nlohmann::json to_json(const MetricScore& score) {
  nlohmann::json json = {{"name", score.name},
                         {"score", score.score},
                         {"signature", score.signature},
                         {"verbose_score", score.details}};
  if (score.confidence) {
    json["confidence_mean"] = score.confidence->mean;
    json["confidence"] = score.confidence->half_width;
  }
  return json;
}

int flush_output() {
  if (!std::cout.flush()) throw RunError("standard output cannot be written");
  return 0;
}

/// One score per line and metric, tab-separated.
void print_sentences(const EvaluateArguments& arguments, const Lines& hypotheses,
                     const std::vector<Lines>& references) {
  std::vector<std::vector<double>> columns;
  for (const std::string& name : arguments.metrics) {
    const auto metric = make_metric(name, metric_options(arguments));
    columns.emplace_back();
    for (const Statistics& line : corpus_statistics(*metric, hypotheses, references)) {
      columns.back().push_back(metric->score(line));
    }
  }
  for (std::size_t line = 0; line < hypotheses.size(); ++line) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      std::cout << (i > 0 ? "\t" : "") << format_fixed(columns[i][line], 2);
    std::cout << "\n";
  }
}

void compare_with_baselines(const EvaluateArguments& arguments, const Metric& metric,
                            const std::vector<Statistics>& system,
                            const std::vector<Lines>& references, nlohmann::json& json) {
  for (const std::string& path : arguments.baselines) {
    const auto baseline = corpus_statistics(metric, read_text(path), references);
    const PairedTestResult result = paired_test(metric, baseline, system, references.size());
    json["baselines"].push_back(
        {{"file", path}, {"score", result.baseline_score}, {"p_value", result.p_value}});
    if (!arguments.as_json) {
      std::cout << "  against " << path << ": " << format_fixed(result.baseline_score, 2)
                << ", p = " << format_fixed(result.p_value, 4) << "\n";
    }
  }
}

int run(const EvaluateArguments& arguments) {
  const bool has_model = !arguments.model.empty();
  if (has_model == !arguments.hypothesis.empty() || has_model == arguments.source.empty()) {
    throw UserError("evaluate: give either --hypothesis F, or MODEL and --source F",
                    "see regard evaluate --help");
  }
  const MetricOptions options = metric_options(arguments);
  for (const std::string& name : arguments.metrics)
    make_metric(name, options);
  std::vector<Lines> references;
  for (const std::string& path : arguments.references)
    references.push_back(read_text(path));
  const Lines hypotheses = has_model ? translations_of(arguments) : read_text(arguments.hypothesis);
  if (arguments.per_sentence) {
    print_sentences(arguments, hypotheses, references);
    return flush_output();
  }
  nlohmann::json scores = nlohmann::json::array();
  for (const std::string& name : arguments.metrics) {
    const auto metric = make_metric(name, options);
    const auto statistics = corpus_statistics(*metric, hypotheses, references);
    const MetricScore score = arguments.has_confidence
                                  ? score_with_confidence(*metric, statistics, references.size())
                                  : corpus_score(*metric, hypotheses, references);
    nlohmann::json json = to_json(score);
    if (!arguments.as_json) std::cout << to_string(score) << "\n";
    compare_with_baselines(arguments, *metric, statistics, references, json);
    scores.push_back(std::move(json));
  }
  if (arguments.as_json) std::cout << scores.dump(2) << "\n";
  return flush_output();
}

}  // namespace

Command add_evaluate_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("evaluate", "Score a translation against references, as sacreBLEU does.");
  auto a = std::make_shared<EvaluateArguments>();
  command->add_option("model", a->model, "Translate --source with this model first.")
      ->type_name("MODEL");
  command->add_option("--source", a->source, "Text to translate with MODEL.")->type_name("FILE");
  command->add_option("--hypothesis", a->hypothesis, "The translation to score.")
      ->type_name("FILE");
  command->add_option("--reference", a->references, "One or more reference translations.")
      ->required()
      ->type_name("FILE");
  command->add_option("--metrics", a->metrics, "bleu, chrf, chrf++, ter; separated by commas.")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--tokenize", a->tokenize, "Tokenizer of BLEU: 13a, intl, char, zh or none.")
      ->capture_default_str();
  command->add_option("--smooth", a->smooth, "Smoothing of BLEU: exp, floor, add-k or none.")
      ->capture_default_str();
  command->add_flag("--lowercase", a->is_lowercased, "Ignore case in BLEU and chrF.");
  command->add_flag("--sentence", a->per_sentence,
                    "One score per line instead of one for the text.");
  command->add_flag("--confidence", a->has_confidence,
                    "Add a 95 % interval from 1000 bootstrap resamples.");
  command
      ->add_option("--baseline", a->baselines,
                   "Other translations to test against (paired bootstrap).")
      ->type_name("FILE");
  command->add_flag("--json", a->as_json, "Write JSON, scores at full precision.");
  return {command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
