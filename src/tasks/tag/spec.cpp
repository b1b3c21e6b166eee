#include <algorithm>

#include "regard/core/strings.h"
#include "regard/tasks/task_spec.h"

#include "tasks/tag/columns.h"

namespace regard {
namespace {

void check_tagging(const TaskSetup& setup, config::Checks& checks) {
  const std::vector<std::string> columns = tag_columns(setup.data.columns);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& column = columns[i];
    if (column == "word" || column == "tag" || column == "id" || column == "-") continue;
    checks.fail(str("data.columns[", i, "]"), str(quote_for_message(column), " is no column"),
                "use word, tag, id, -");
  }
  for (const char* needed : {"word", "tag"}) {
    if (std::count(columns.begin(), columns.end(), needed) != 1) {
      checks.fail("data.columns", str("there must be one ", needed),
                  str("name one column ", needed));
    }
  }
}

}  // namespace

TaskSpec tag_task() {
  TaskSpec spec;
  spec.name = "tag";
  spec.summary = "a tag for each word";
  spec.command = "predict";
  spec.keys = {"data.columns", "model.head.constrain"};
  spec.metrics = [](const std::vector<std::string>&) {
    return std::vector<std::string>{"span_f1", "tag_accuracy"};
  };
  spec.check = check_tagging;
  return spec;
}

}  // namespace regard
