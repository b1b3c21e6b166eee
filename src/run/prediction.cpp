#include "regard/run/prediction.h"

#include <cmath>
#include <optional>
#include <unistd.h>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/model/longest_sentence.h"
#include "regard/run/model_names.h"
#include "regard/run/task_examples.h"
#include "regard/run/task_model.h"
#include "regard/run/text_input.h"
#include "regard/run/text_output.h"
#include "regard/tasks/task_data.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"
#include "regard/train/validator.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kExamplePool = 8192;  // examples that are sorted and batched together

AnsweringOptions answering(const OpenedTaskModel& opened, std::int64_t count) {
  return {count, opened.config.decoding.batch_tokens, longest_sentence(opened.config.model)};
}

/// Reads examples, in pools of what is there.
class ExampleInput {
 public:
  virtual ~ExampleInput() = default;
  /// Encoded; empty at the end.
  virtual std::vector<Example> next_pool() = 0;
};

/// Of a file in the task's own format.
class DataInput final : public ExampleInput {
 public:
  DataInput(const TaskModel& model, const PredictionOptions& options)
      : model_(model),
        reader_(model.task->read(
            options.data, {options.is_strict ? InvalidUtf8::error : InvalidUtf8::replace, false})) {
  }
  std::vector<Example> next_pool() override {
    std::vector<Example> pool;
    for (Example example; pool.size() < kExamplePool && reader_->next(example); example = {}) {
      example.labels.clear();  // they are what is asked for
      encode_whole(*model_.task, model_.parts, example);
      pool.push_back(std::move(example));
    }
    return pool;
  }

 private:
  const TaskModel& model_;
  std::unique_ptr<ExampleReader> reader_;
};

/// Of lines. A line that is there is answered without waiting for the next one.
class LineInput final : public ExampleInput {
 public:
  LineInput(const TaskModel& model, const PredictionOptions& options, const TranslationWatch& watch,
            LineReader& lines)
      : model_(model), is_strict_(options.is_strict), logger_(watch.logger), lines_(lines) {}

  std::vector<Example> next_pool() override {
    std::vector<Example> pool;
    for (Line line; pool.size() < kExamplePool && (pool.empty() || lines_.has_buffered_line());) {
      if (!lines_.next(line)) break;
      const SourceSpot place{lines_.name(), line.number};
      warn_about(line, place);
      line.text = std::string(cut_for_encoding(line.text));
      Example example = model_.task->example_of(line, place);
      model_.task->encode(example, model_.parts);
      pool.push_back(std::move(example));
    }
    return pool;
  }

 private:
  void warn_about(const Line& line, const SourceSpot& place) {
    if (line.invalid_byte != Line::kValid) {
      const std::string what = str("byte ", line.invalid_byte + 1, ": invalid UTF-8");
      if (is_strict_) throw UserError(place, what, "repair the line");
      invalid_.warn(str(to_string(place), ": ", what, ", replaced by U+FFFD"));
    }
    if (line.was_cut || cut_for_encoding(line.text).size() < line.text.size())
      cut_.warn(str(to_string(place), ": the line is too long and was cut"));
  }

  const TaskModel& model_;
  bool is_strict_;
  Logger& logger_;
  LineReader& lines_;
  LimitedWarnings invalid_{logger_, "lines with invalid UTF-8"};
  LimitedWarnings cut_{logger_, "lines that were cut"};
};

/// The answers to an example on a line, with tabs between.
std::string line_of(const std::vector<Answer>& answers, bool has_scores) {
  std::vector<std::string> parts;
  for (const Answer& answer : answers) {
    if (has_scores) parts.push_back(format_fixed(answer.probability, 6));
    parts.push_back(answer.line);
  }
  return join(parts, "\t") + "\n";
}

void check_options(const PredictionOptions& options) {
  if (!options.data.empty() && !options.input.empty()) {
    throw UserError("--data and --input: both name what is to be answered",
                    "--data reads the format of the task, --input a line an example; give one");
  }
}

void check_ranking(const PredictionOptions& options, const OpenedTaskModel& opened) {
  const Task& task = *opened.model.task;
  if (options.has_scores && !task.has_probabilities()) {
    throw UserError("--scores: the answers of this model are numbers, which have no probability",
                    "leave it out");
  }
  if (options.top > 1 && !task.has_ranking()) {
    throw UserError(str("--top: a model of task ", opened.config.task, " has one answer"),
                    "leave it out");
  }
}

}  // namespace

bool predict(const PredictionOptions& options, const TranslationWatch& watch) {
  check_options(options);
  std::optional<LineReader> lines;
  if (options.data.empty()) lines.emplace(open_text(options.input, options.is_strict, &watch.stop));
  if (watch.on_open) watch.on_open();
  const OpenedTaskModel opened = open_task_model(options.model, parse_device(options.device));
  check_ranking(options, opened);
  std::vector<fs::path> inputs = files_of(opened);
  inputs.emplace_back(options.data.empty() ? options.input : options.data);
  TextOutput output(options.output, inputs);
  std::unique_ptr<ExampleInput> input;
  if (lines) {
    input = std::make_unique<LineInput>(opened.model, options, watch, *lines);
  } else {
    input = std::make_unique<DataInput>(opened.model, options);
  }
  while (true) {
    std::vector<Example> pool = input->next_pool();
    if (pool.empty() || watch.stop.is_requested()) break;
    const auto found =
        answer_examples(opened.model, std::move(pool), answering(opened, options.top), &watch.stop);
    if (!found) break;
    for (const std::vector<Answer>& answers : *found)
      output.write(line_of(answers, options.has_scores));
    output.flush();
  }
  if (watch.stop.is_requested()) return false;
  output.commit();
  return true;
}

namespace {

/// The baselines: the most frequent answer, and the files that were named.
std::vector<NamedText> baselines_of(const TaskEvaluationOptions& options,
                                    const OpenedTaskModel& opened,
                                    const std::vector<Example>& examples, Logger& logger) {
  std::vector<NamedText> baselines;
  const std::string majority =
      opened.model.task->has_labels() ? most_frequent(opened.model.parts.labels) : "";
  if (!majority.empty()) {
    NamedText& text = baselines.emplace_back();
    text.name = str("always ", majority, ", the most frequent label of training");
    for (const Example& example : examples)
      text.lines.push_back(join(std::vector<std::string>(example.labels.size(), majority), " "));
  }
  for (const std::string& path : options.baselines) {
    baselines.push_back({name_of_text(path), read_given_text(path, logger)});
    if (baselines.back().lines.size() == examples.size()) continue;
    throw UserError(SourceSpot{baselines.back().name},
                    str(baselines.back().lines.size(), " lines, but ", options.data, " has ",
                        examples.size(), " examples"),
                    "give a line for each example, in the same order");
  }
  return baselines;
}

/// Loss and perplexity of the examples, for a task whose answers have no metric.
Evaluation loss_of(const OpenedTaskModel& opened, const std::string& data) {
  CorpusLoading loading;
  loading.invalid_utf8 = opened.config.data.invalid_utf8;
  loading.max_length = longest_sentence(opened.config.model);
  const TaskModel& model = opened.model;
  const TaskFormat format(*model.task, model.parts, loading);
  const TaskBatches batches(model.task, model.parts,
                            Corpus::load({{data, {}, 1.0, ""}}, format, loading));
  TaskObjective objective(model.task, model.network, 0.0);
  const double loss = mean_loss(objective, batches, opened.config.decoding.batch_tokens);
  const std::string signature = str("examples:", batches.corpus().size(), "|of:", objective.unit());
  Evaluation evaluation;
  evaluation.scores.push_back({{"loss", loss, signature, "", {}}, {}});
  evaluation.scores.push_back({{"perplexity", std::exp(loss), signature, "", {}}, {}});
  return evaluation;
}

}  // namespace

std::optional<Evaluation> evaluate_task(const TaskEvaluationOptions& options, Logger& logger,
                                        const StopFlag& stop) {
  const OpenedTaskModel opened = open_task_model(options.model, parse_device(options.device));
  const auto& names = options.metrics.empty() ? opened.config.validation.metrics : options.metrics;
  if (names.empty()) return loss_of(opened, options.data);
  std::vector<fs::path> inputs = files_of(opened);
  inputs.emplace_back(options.data);
  std::optional<TextOutput> output;
  if (!options.output.empty()) output.emplace(options.output, inputs);
  const std::vector<Example> examples =
      read_examples(*opened.model.task, opened.model.parts, options.data,
                    {opened.config.data.invalid_utf8, true});
  EvaluatedTexts texts;
  texts.references.emplace_back();
  for (const Example& example : examples)
    texts.references.front().push_back(expected_answer(example));
  texts.baselines = baselines_of(options, opened, examples, logger);
  const auto found = answer_examples(opened.model, examples, answering(opened, 1), &stop);
  if (!found) return std::nullopt;
  for (const std::vector<Answer>& answers : *found) {
    texts.hypotheses.push_back(answers.front().line);
    if (output) output->write(answers.front().line + "\n");
  }
  if (output) output->commit();
  EvaluationOptions scoring;
  scoring.per_sentence = options.per_sentence;
  scoring.has_confidence = options.has_confidence;
  return evaluate_texts(metrics_of(names, {}, texts), texts, scoring);
}

}  // namespace regard
