#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/decode/translator.h"
#include "regard/metrics/make_metric.h"
#include "regard/metrics/significance.h"
#include "regard/run/bleu_tokenizer.h"
#include "regard/run/model_folder.h"
#include "regard/run/model_names.h"
#include "regard/run/text_input.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

#include "command.h"
#include "key_options.h"
#include "metric_arguments.h"
#include "search_arguments.h"
#include "text_output.h"

namespace regard {
namespace {

using Lines = std::vector<std::string>;

struct EvaluateArguments : SearchArguments {
  std::string model;
  std::string source;
  std::string output;
  std::string device = "auto";
  std::string hypothesis;
  std::vector<std::string> references;
  std::vector<std::string> baselines;
  MetricArguments metrics;
  bool per_sentence = false;
  bool has_confidence = false;
  bool as_json = false;
  std::string given_of_model;  ///< the first given option that only a model's translation has
};

/// What the metrics count, in the way of the model's own validation where one translates.
MetricOptions options_of(const EvaluateArguments& arguments, Logger& logger) {
  MetricOptions options = metric_options(arguments.metrics);
  options.bleu.has_effective_order = arguments.per_sentence;
  std::optional<std::string> name = arguments.metrics.tokenize;
  if (!name && !arguments.model.empty()) {
    const Config config = load_model_config(model_folder_of(model_paths(arguments.model).front()));
    if (config.validation.tokenize == "auto") {
      choose_tokenizer_of(config.data.target, options.bleu, logger);
      return options;
    }
    name = config.validation.tokenize;
  }
  choose_tokenizer(name.value_or("13a"), options.bleu);
  return options;
}

void check_arguments(const EvaluateArguments& arguments) {
  const bool has_model = !arguments.model.empty();
  if (has_model == !arguments.hypothesis.empty() || has_model == arguments.source.empty()) {
    throw UserError("evaluate: give either --hypothesis F, or MODEL and --source F",
                    "see regard evaluate --help");
  }
  if (!has_model && !arguments.given_of_model.empty()) {
    throw UserError(
        str(arguments.given_of_model, ": nothing is translated if --hypothesis is given"),
        "remove it, or give MODEL and --source");
  }
  check_search(arguments);
  if (arguments.per_sentence &&
      (arguments.as_json || arguments.has_confidence || !arguments.baselines.empty())) {
    throw UserError("evaluate: --sentence has no --json, --confidence or --baseline",
                    "remove one of them");
  }
  std::vector<std::pair<std::string, std::string>> texts = {{"--source", arguments.source},
                                                            {"--hypothesis", arguments.hypothesis}};
  for (const std::string& path : arguments.references)
    texts.emplace_back("--reference", path);
  for (const std::string& path : arguments.baselines)
    texts.emplace_back("--baseline", path);
  require_one_standard_input(texts);
}

/// A text with the name it has in messages.
struct NamedLines {
  std::string name;
  Lines lines;
};

NamedLines read_named(const std::string& path, Logger& logger) {
  return {name_of_text(path), read_given_text(path, logger)};
}

/// Throws UserError when the texts are not of one length.
void require_same_length(const NamedLines& text, const NamedLines& other) {
  const std::size_t ours = text.lines.size();
  const std::size_t theirs = other.lines.size();
  if (ours == theirs) return;
  throw UserError(SourceSpot{text.name},
                  str(with_thousands(static_cast<std::int64_t>(ours)),
                      ours == 1 ? " line, but " : " lines, but ", other.name, " has ",
                      with_thousands(static_cast<std::int64_t>(theirs))),
                  "give one line of each per sentence, in the same order");
}

/// What the model makes of the source; kept where --output says so. Nothing when `stop` asks to
/// stop.
std::optional<Lines> translations_of(const EvaluateArguments& arguments, const Lines& source,
                                     const StopFlag& stop) {
  std::vector<OpenedModel> opened =
      open_models(arguments.model, parse_device(arguments.device), arguments.overrides);
  std::vector<std::filesystem::path> inputs = {arguments.source};
  inputs.insert(inputs.end(), arguments.references.begin(), arguments.references.end());
  for (const OpenedModel& model : opened) {
    const auto files = files_of(model);
    inputs.insert(inputs.end(), files.begin(), files.end());
  }
  std::optional<TextOutput> output;
  if (!arguments.output.empty()) output.emplace(arguments.output, inputs);
  const OpenedModel& first = opened.front();
  Translator translator(first.tokenizers.source, first.tokenizers.target, first.header.roles,
                        translator_options(arguments, 1, opened));
  const Models models = pack_models(opened, arguments, false, nullptr);
  const auto all = translator.translate_all(models, {source}, &stop);
  if (stop.is_requested()) return std::nullopt;
  Lines translations;
  for (const std::vector<Translation>& found : all) {
    translations.push_back(found.front().text);
    if (output) output->write(translations.back() + "\n");
  }
  if (output) output->commit();
  return translations;
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
std::string sentence_scores(const std::vector<std::unique_ptr<Metric>>& metrics,
                            const Lines& hypotheses, const std::vector<Lines>& references) {
  std::vector<std::vector<double>> columns;
  for (const auto& metric : metrics) {
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

/// What is scored, in the order of the options.
struct Texts {
  Lines hypotheses;
  std::vector<Lines> references;
  std::vector<NamedLines> baselines;
};

/// Nothing when a signal ended the translating.
std::optional<Texts> read_texts(const EvaluateArguments& arguments, const MetricOptions& options,
                                Logger& logger, const StopFlag& stop) {
  const bool has_model = !arguments.model.empty();
  NamedLines first = read_named(has_model ? arguments.source : arguments.hypothesis, logger);
  Texts texts;
  std::vector<NamedLines> references;
  for (const std::string& path : arguments.references) {
    references.push_back(read_named(path, logger));
    require_same_length(references.back(), first);
  }
  for (const std::string& path : arguments.baselines) {
    texts.baselines.push_back(read_named(path, logger));
    require_same_length(texts.baselines.back(), first);
  }
  const std::vector<std::string> names = metric_names(arguments.metrics);
  if (std::find(names.begin(), names.end(), "bleu") != names.end()) {
    warn_of_unspaced(references.front().lines, options.bleu, references.front().name, "--tokenize ",
                     logger);
  }
  for (NamedLines& reference : references)
    texts.references.push_back(std::move(reference.lines));
  if (!has_model) {
    texts.hypotheses = std::move(first.lines);
    return texts;
  }
  std::optional<Lines> translations = translations_of(arguments, first.lines, stop);
  if (!translations) return std::nullopt;
  texts.hypotheses = std::move(*translations);
  return texts;
}

void compare_with_baselines(const Metric& metric, const std::vector<Statistics>& system,
                            const Texts& texts, nlohmann::json& json, std::ostream& text) {
  for (const NamedLines& other : texts.baselines) {
    const auto baseline = corpus_statistics(metric, other.lines, texts.references);
    const PairedTestResult result = paired_test(metric, baseline, system, texts.references.size());
    const double difference =
        result.is_different ? result.system_score - result.baseline_score : 0.0;
    json["baselines"].push_back({{"file", replace_invalid_utf8(other.name)},
                                 {"score", result.baseline_score},
                                 {"difference", difference},
                                 {"p_value", result.p_value}});
    text << "  against " << other.name << ": " << format_fixed(result.baseline_score, 2) << ", "
         << (result.is_different ? "p = " + format_fixed(result.p_value, 4) : "no difference")
         << "\n";
  }
}

int run(const EvaluateArguments& arguments, CommandContext& context) {
  check_arguments(arguments);
  const auto logger = make_logger({});
  const MetricOptions options = options_of(arguments, *logger);
  std::vector<std::unique_ptr<Metric>> metrics;
  for (const std::string& name : metric_names(arguments.metrics))
    metrics.push_back(make_metric(name, options));
  if (!arguments.model.empty()) catch_signals();  // an output must not be left behind half done
  const std::optional<Texts> read = read_texts(arguments, options, *logger, context.stop);
  if (!read) return 128 + context.stop.signal_number();
  const Texts& texts = *read;
  if (arguments.per_sentence) {
    write_standard_output(sentence_scores(metrics, texts.hypotheses, texts.references));
    return 0;
  }
  nlohmann::json scores = nlohmann::json::array();
  std::ostringstream text;
  for (const auto& metric : metrics) {
    const auto statistics = corpus_statistics(*metric, texts.hypotheses, texts.references);
    const MetricScore score =
        arguments.has_confidence
            ? score_with_confidence(*metric, statistics, texts.references.size())
            : corpus_score(*metric, texts.hypotheses, texts.references);
    scores.push_back(to_json(score));
    text << to_string(score) << "\n";
    compare_with_baselines(*metric, statistics, texts, scores.back(), text);
  }
  write_standard_output(arguments.as_json ? scores.dump(2) + "\n" : text.str());
  return 0;
}

void add_texts(cli::Command& command, EvaluateArguments& a) {
  command
      .argument("MODEL", a.model,
                "Translate --source with this model first; A,B = an ensemble of both.")
      .folder("MODEL");
  command.option("--source", a.source, "Text to translate with MODEL; - = standard input.").file();
  command.option("--hypothesis", a.hypothesis, "The translation to score; - = standard input.")
      .file();
  command
      .option("--reference", a.references,
              "One or more reference translations; - = standard input.")
      .file()
      .required();
  command
      .option("--baseline", a.baselines,
              "Other translations to compare with (paired bootstrap test).")
      .file();
}

/// Options of the model that translates.
void add_model_options(cli::Command& command, EvaluateArguments& a) {
  const std::size_t others = command.options.size();
  command.heading_of_options = "";
  command.option("--output", a.output, "Save the translation of MODEL to this file.").file();
  add_search_options(command, a);
  add_computing_options(command, a);
  add_device(command, a.device);
  const auto first = std::next(command.options.begin(), static_cast<std::ptrdiff_t>(others));
  for (auto option = first; option != command.options.end(); ++option) {
    option->take = [&a, name = option->name, take = option->take](const std::string& value) {
      if (a.given_of_model.empty()) a.given_of_model = name;
      take(value);
    };
  }
}

}  // namespace

Command add_evaluate_command(cli::Command& program) {
  cli::Command& command =
      program.add_command("evaluate", "Score a translation against references, as sacreBLEU does.");
  auto a = std::make_shared<EvaluateArguments>();
  add_texts(command, *a);
  command.flag("--sentence", a->per_sentence,
               "One score per sentence instead of one for the corpus.");
  command.flag("--confidence", a->has_confidence,
               "Add a 95 % confidence interval from 1000 bootstrap resamples.");
  command.flag("--json", a->as_json, "Write JSON, scores at full precision.");
  add_metric_options(command, a->metrics);
  add_model_options(command, *a);
  return {&command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
