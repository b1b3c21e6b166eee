#include <sstream>

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/decode/translator.h"
#include "regard/metrics/make_metric.h"
#include "regard/metrics/significance.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "model_folder.h"
#include "text_input.h"
#include "text_output.h"

namespace regard {
namespace {

using Lines = std::vector<std::string>;

struct EvaluateArguments {
  std::string model;
  std::string source;
  std::string hypothesis;
  std::vector<std::string> references;
  std::vector<std::string> baselines;
  std::string metrics = "bleu";
  std::string tokenize = "13a";
  std::string smooth = "exp";
  bool is_lowercased = false;
  bool per_sentence = false;
  bool has_confidence = false;
  bool as_json = false;
};

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
  const Lines source = read_lines(arguments.source, InvalidUtf8::replace);
  OpenedModel model = open_model(arguments.model, parse_device("auto"));
  TranslatorOptions options;
  options.decoding = model.config.decoding;
  options.workers = 0;
  limit_lengths(options, model.config.model);
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

/// One score per line and metric, tab-separated.
std::string sentence_scores(const EvaluateArguments& arguments, const Lines& hypotheses,
                            const std::vector<Lines>& references) {
  std::vector<std::vector<double>> columns;
  for (const std::string& name : split(arguments.metrics, ',')) {
    const auto metric = make_metric(name, metric_options(arguments));
    columns.emplace_back();
    for (const Statistics& line : corpus_statistics(*metric, hypotheses, references)) {
      columns.back().push_back(metric->score(line));
    }
  }
  std::string text;
  for (std::size_t line = 0; line < hypotheses.size(); ++line) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) text += '\t';
      text += format_fixed(columns[i][line], 2);
    }
    text += "\n";
  }
  return text;
}

void compare_with_baselines(const EvaluateArguments& arguments, const Metric& metric,
                            const std::vector<Statistics>& system,
                            const std::vector<Lines>& references, nlohmann::json& json,
                            std::ostream& text) {
  for (const std::string& path : arguments.baselines) {
    const auto baseline =
        corpus_statistics(metric, read_lines(path, InvalidUtf8::replace), references);
    const PairedTestResult result = paired_test(metric, baseline, system, references.size());
    json["baselines"].push_back({{"file", replace_invalid_utf8(path)},
                                 {"score", result.baseline_score},
                                 {"p_value", result.p_value}});
    if (!arguments.as_json) {
      text << "  against " << path << ": " << format_fixed(result.baseline_score, 2)
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
  if (arguments.per_sentence &&
      (arguments.as_json || arguments.has_confidence || !arguments.baselines.empty())) {
    throw UserError("evaluate: --sentence has no --json, --confidence or --baseline",
                    "leave one of them out");
  }
  const MetricOptions options = metric_options(arguments);
  const std::vector<std::string> metrics = split(arguments.metrics, ',');
  for (const std::string& name : metrics)
    make_metric(name, options);
  std::vector<Lines> references;
  for (const std::string& path : arguments.references)
    references.push_back(read_lines(path, InvalidUtf8::replace));
  const Lines hypotheses = has_model ? translations_of(arguments)
                                     : read_lines(arguments.hypothesis, InvalidUtf8::replace);
  if (arguments.per_sentence) {
    write_standard_output(sentence_scores(arguments, hypotheses, references));
    return 0;
  }
  nlohmann::json scores = nlohmann::json::array();
  std::ostringstream text;
  for (const std::string& name : metrics) {
    const auto metric = make_metric(name, options);
    const auto statistics = corpus_statistics(*metric, hypotheses, references);
    const MetricScore score = arguments.has_confidence
                                  ? score_with_confidence(*metric, statistics, references.size())
                                  : corpus_score(*metric, hypotheses, references);
    nlohmann::json json = to_json(score);
    if (!arguments.as_json) text << to_string(score) << "\n";
    compare_with_baselines(arguments, *metric, statistics, references, json, text);
    scores.push_back(std::move(json));
  }
  if (arguments.as_json) text << scores.dump(2) << "\n";
  write_standard_output(text.str());
  return 0;
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
