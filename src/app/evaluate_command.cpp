#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/evaluation.h"
#include "regard/run/model_backend.h"
#include "regard/run/task_evaluation.h"
#include "regard/run/text_input.h"

#include "command.h"
#include "evaluation_text.h"
#include "key_options.h"
#include "metric_arguments.h"
#include "search_options.h"
#include "text_output.h"

namespace regard {
namespace {

struct EvaluateArguments : EvaluationOptions {
  MetricArguments of_metrics;
  std::string data;  ///< examples of a model of another task; replaces --source and --reference
  bool as_json = false;
  std::string given_of_model;  ///< the first given option that only a model's translation has
};

/// With --data a model of another task answers its examples.
void check_arguments_of_task(const EvaluateArguments& a) {
  if (a.model.empty()) {
    throw UserError("evaluate: --data are examples that a model answers", "give MODEL as well");
  }
  if (!a.source.empty() || !a.hypothesis.empty() || !a.references.empty()) {
    throw UserError("evaluate: --data takes the place of --source, --hypothesis and --reference",
                    "give either these, or --data");
  }
  if (head_task_of(a.model) == nullptr) {
    throw UserError(str("evaluate: ", a.model, " is a model of translation, which has no --data"),
                    "give --source and --reference");
  }
}

void check_arguments(const EvaluateArguments& a) {
  const bool has_model = !a.model.empty();
  if (a.references.empty()) {
    throw UserError("evaluate: --reference is missing (one or more reference translations)",
                    "see regard evaluate --help");
  }
  if (has_model == !a.hypothesis.empty() || has_model == a.source.empty()) {
    throw UserError("evaluate: give either --hypothesis F, or MODEL and --source F",
                    "see regard evaluate --help");
  }
  if (!has_model && !a.given_of_model.empty()) {
    throw UserError(str(a.given_of_model, ": nothing is translated if --hypothesis is given"),
                    "remove it, or give MODEL and --source");
  }
  check_search(a.search);
  if (a.per_sentence && (a.as_json || a.has_confidence || !a.baselines.empty())) {
    throw UserError("evaluate: --sentence has no --json, --confidence or --baseline",
                    "remove one of them");
  }
  std::vector<std::pair<std::string, std::string>> texts = {{"--source", a.source},
                                                            {"--hypothesis", a.hypothesis}};
  for (const std::string& path : a.references)
    texts.emplace_back("--reference", path);
  for (const std::string& path : a.baselines)
    texts.emplace_back("--baseline", path);
  require_one_standard_input(texts);
}

/// Nothing when it was stopped.
std::optional<Evaluation> evaluation_of_task(const EvaluateArguments& a, Logger& logger,
                                             const CommandContext& context) {
  check_arguments_of_task(a);
  TaskEvaluationOptions options;
  options.model = a.model;
  options.data = a.data;
  options.output = a.output;
  options.device = a.device;
  if (a.of_metrics.metrics != MetricArguments().metrics)
    options.metrics = metric_names(a.of_metrics);
  options.baselines = a.baselines;
  options.per_sentence = a.per_sentence;
  options.has_confidence = a.has_confidence;
  catch_signals();
  return context.backend.evaluate_task(options, logger, context.stop);
}

void write(const EvaluateArguments& arguments, const Evaluation& evaluation) {
  write_standard_output(arguments.per_sentence ? sentence_score_text(evaluation)
                        : arguments.as_json    ? evaluation_json(evaluation)
                                               : evaluation_text(evaluation));
}

int run(const EvaluateArguments& arguments, CommandContext& context) {
  const auto logger = make_logger({});
  if (!arguments.data.empty()) {
    const auto evaluation = evaluation_of_task(arguments, *logger, context);
    if (!evaluation) return 128 + context.stop.signal_number();
    write(arguments, *evaluation);
    return 0;
  }
  check_arguments(arguments);
  EvaluationOptions options = arguments;
  options.metrics = metric_names(arguments.of_metrics);
  options.metric_options = metric_options(arguments.of_metrics);
  options.tokenize = arguments.of_metrics.tokenize;
  if (!arguments.model.empty()) catch_signals();  // an output must not be left behind half done
  const std::optional<Evaluation> evaluation =
      evaluate(options, context.backend, *logger, context.stop);
  if (!evaluation) return 128 + context.stop.signal_number();
  write(arguments, *evaluation);
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
      .file();
  command
      .option("--data", a.data,
              "Examples with their right answers, for a MODEL of another task than translation.")
      .file();
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
  add_search_options(command, a.search);
  add_computing_options(command, a.search);
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
  add_metric_options(command, a->of_metrics);
  add_model_options(command, *a);
  return {&command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
