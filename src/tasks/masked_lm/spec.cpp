#include "regard/core/strings.h"
#include "regard/tasks/task_spec.h"

#include "tasks/masked_lm/masking.h"

namespace regard {

TaskSpec masked_lm_task() {
  TaskSpec spec;
  spec.name = "masked_lm";
  spec.summary = "the hidden subwords of a text, to begin other tasks with";
  spec.command = "predict";
  spec.keys = {"data.masking.rate", "data.masking.random", "data.masking.keep"};
  spec.symbols = {kMaskPiece};
  // The loss decides.
  spec.metrics = [](const std::vector<std::string>&) { return std::vector<std::string>(); };
  spec.check = [](const TaskSetup& setup, config::Checks& checks) {
    if (!setup.data.columns.empty())
      checks.fail("data.columns", "a line is a text as a whole", "leave it out");
  };
  return spec;
}

}  // namespace regard
