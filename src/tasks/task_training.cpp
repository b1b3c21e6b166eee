#include "regard/tasks/task_training.h"

#include <algorithm>

#include "regard/core/strings.h"
#include "regard/data/batch_planner.h"
#include "regard/tensor/torch.h"

namespace regard {

PassLoss TaskObjective::loss(const Batch& batch, const ForwardContext& context) {
  const torch::Tensor scores = network_->forward(batch, context);
  const ProfileSpan span(context.profile, "loss");
  return task_->loss(*network_, scores, batch, context.is_training() ? label_smoothing_ : 0.0);
}

namespace {

/// Without what an encoder with so many positions cannot read.
void cut(std::vector<std::int32_t>& ids, std::int64_t longest) {
  if (longest > 0 && static_cast<std::int64_t>(ids.size()) > longest)
    ids.resize(static_cast<std::size_t>(longest));
}

TaskRows rows_of(const std::vector<Example>& examples, std::span<const std::int64_t> numbers) {
  TaskRows rows;
  bool has_second = false;
  for (const std::int64_t number : numbers) {
    const Example& example = examples[static_cast<std::size_t>(number)];
    rows.sources.emplace_back(example.source);
    rows.seconds.emplace_back(example.target);
    rows.notes.push_back({example.notes.first, example.notes.second});
    has_second = has_second || example.texts.size() > 1;
  }
  if (!has_second) rows.seconds.clear();
  return rows;
}

}  // namespace

std::optional<AnswerLists> answer_examples(const TaskModel& model, std::vector<Example> examples,
                                           const AnsweringOptions& options, const StopFlag* stop) {
  torch::NoGradGuard no_grad;
  std::vector<PairLengths> lengths;
  for (Example& example : examples) {
    cut(example.source, options.longest);
    cut(example.target, options.longest);
    lengths.push_back({static_cast<std::int32_t>(example.source.size()),
                       static_cast<std::int32_t>(example.target.size())});
  }
  const BatchPlan plan = plan_sorted(lengths, options.batch_tokens);
  const torch::Device device = model.network->device();
  AnswerLists found(examples.size());
  for (std::int64_t b = 0; b < plan.size(); ++b) {
    if (stop != nullptr && stop->is_requested()) return std::nullopt;
    const auto numbers = plan.batch(b);
    const Batch batch =
        make_task_batch(*model.task, model.parts, rows_of(examples, numbers), numbers, {})
            .to(device);
    const torch::Tensor scores = model.network->forward(batch, ForwardContext{});
    AnswerLists answers =
        model.task->answers(*model.network, scores, batch, model.parts, options.count);
    TORCH_CHECK(answers.size() == numbers.size(), "an answer for each row is needed");
    for (std::size_t row = 0; row < numbers.size(); ++row)
      found[static_cast<std::size_t>(numbers[row])] = std::move(answers[row]);
  }
  return found;
}

TaskAnswerer::TaskAnswerer(TaskModel model, std::vector<Example> examples,
                           const AnsweringOptions& options)
    : model_(std::move(model)), examples_(std::move(examples)), options_(options) {}

std::optional<std::vector<std::string>> TaskAnswerer::answer(const StopFlag* stop) {
  const auto found = answer_examples(model_, examples_, options_, stop);
  if (!found) return std::nullopt;
  std::vector<std::string> lines;
  for (const std::vector<Answer>& answers : *found)
    lines.push_back(answers.front().line);
  return lines;
}

std::string expected_answer(const Example& example) {
  return join(example.labels, " ");
}

}  // namespace regard
