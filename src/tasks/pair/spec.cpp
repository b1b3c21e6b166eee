#include "regard/tasks/task_spec.h"

#include "tasks/pair/columns.h"

namespace regard {

TaskSpec pair_task() {
  TaskSpec spec;
  spec.name = "pair";
  spec.summary = "a label, or a number, for two texts";
  spec.command = "predict";
  spec.keys = {"data.columns",        "data.header",        "model.head.pool",
               "model.head.interact", "model.head.compare", "model.head.compare_hidden",
               "model.head.compose"};
  spec.metrics = [](const std::vector<std::string>& columns) { return category_metrics(columns); };
  spec.check = [](const TaskSetup& setup, config::Checks& checks) {
    check_columns(pair_columns(setup.data.columns), {"first", "second"}, checks);
  };
  return spec;
}

}  // namespace regard
