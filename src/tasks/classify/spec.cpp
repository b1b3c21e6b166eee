#include "regard/tasks/task_spec.h"

#include "tasks/classify/columns.h"

namespace regard {

TaskSpec classify_task() {
  TaskSpec spec;
  spec.name = "classify";
  spec.summary = "a label, or a number, for each text";
  spec.command = "predict";
  spec.keys = {"data.columns", "data.header", "model.head.pool"};
  spec.metrics = [](const std::vector<std::string>& columns) { return category_metrics(columns); };
  spec.check = [](const TaskSetup& setup, config::Checks& checks) {
    check_columns(classify_columns(setup.data.columns), {"text"}, checks);
  };
  return spec;
}

}  // namespace regard
