#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regard/tasks/task.h"
#include "regard/tasks/task_data.h"
#include "regard/train/objective.h"

namespace regard {

/// What the network of a task learns.
class TaskObjective final : public Objective {
 public:
  TaskObjective(std::shared_ptr<const Task> task, std::shared_ptr<EncoderNetworkImpl> network,
                double label_smoothing)
      : task_(std::move(task)), network_(std::move(network)), label_smoothing_(label_smoothing) {}

  NetworkImpl& network() override { return *network_; }
  PassLoss loss(const Batch& batch, const ForwardContext& context) override;
  std::string unit() const override { return task_->unit(); }

 private:
  std::shared_ptr<const Task> task_;
  std::shared_ptr<EncoderNetworkImpl> network_;
  double label_smoothing_;
};

struct AnsweringOptions {
  std::int64_t count = 1;            ///< answers to each example
  std::int64_t batch_tokens = 4096;  ///< see PlanOptions
  std::int64_t longest = 0;          ///< texts are cut to that many subwords; 0 = never
};

/// A network and what it works with.
struct TaskModel {
  std::shared_ptr<const Task> task;
  TaskParts parts;
  std::shared_ptr<EncoderNetworkImpl> network;
};

/// The answers to each example, best first.
using AnswerLists = std::vector<std::vector<Answer>>;

/// The answers to examples that are encoded, in order. Nothing when `stop` asks to stop.
std::optional<AnswerLists> answer_examples(const TaskModel& model, std::vector<Example> examples,
                                           const AnsweringOptions& options, const StopFlag* stop);

/// Answers the examples of a validation text.
class TaskAnswerer final : public Answerer {
 public:
  TaskAnswerer(TaskModel model, std::vector<Example> examples, const AnsweringOptions& options);
  std::optional<std::vector<std::string>> answer(const StopFlag* stop) override;

 private:
  TaskModel model_;
  std::vector<Example> examples_;
  AnsweringOptions options_;
};

/// The line that would be the right answer to an example.
std::string expected_answer(const Example& example);

}  // namespace regard
