#pragma once

#include <functional>
#include <string>
#include <vector>

#include "regard/config/rules.h"
#include "regard/data/data_options.h"
#include "regard/model/model_options.h"

namespace regard {

/// What a task is made from before there are files.
struct TaskSetup {
  const DataOptions& data;
  const ModelOptions& model;
};

/// A task by name: what the program must know of it. Needs no LibTorch.
struct TaskSpec {
  std::string name;
  std::string summary;
  std::string command;  ///< that answers with its models
  /// Its networks are an encoder and a head, and make_task() gives the rest; false: an encoder and
  /// a decoder.
  bool has_head = true;
  /// Keys of the configuration that mean something to some tasks only, this one among them.
  std::vector<std::string> keys = {};
  /// Pieces that its vocabulary must have.
  std::vector<std::string> symbols = {};
  /// The usual metrics of examples with these columns; the first one decides which model is best.
  std::function<std::vector<std::string>(const std::vector<std::string>& columns)> metrics = {};
  /// Rules between the task and a configuration; empty = there are none.
  std::function<void(const TaskSetup& setup, config::Checks& checks)> check = {};
};

/// Every task that there is (src/tasks/tasks.def), the default first.
const std::vector<TaskSpec>& all_tasks();
std::vector<std::string> task_names();
/// Null for a name that is not there.
const TaskSpec* find_task(const std::string& name);
/// Throws std::logic_error for a name that is not there.
const TaskSpec& task_spec(const std::string& name);

}  // namespace regard
