#include "regard/tasks/task_spec.h"

#include <stdexcept>

#include "regard/core/strings.h"

namespace regard {

#define REGARD_TASK(name) TaskSpec name##_task();
#define REGARD_HEAD_TASK(name) TaskSpec name##_task();
#include "tasks/tasks.def"
#undef REGARD_TASK
#undef REGARD_HEAD_TASK

const std::vector<TaskSpec>& all_tasks() {
  static const std::vector<TaskSpec> specs = {
#define REGARD_TASK(name) name##_task(),
#define REGARD_HEAD_TASK(name) name##_task(),
#include "tasks/tasks.def"
#undef REGARD_TASK
#undef REGARD_HEAD_TASK
  };
  return specs;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskSpec& spec : all_tasks())
    names.push_back(spec.name);
  return names;
}

const TaskSpec* find_task(const std::string& name) {
  for (const TaskSpec& spec : all_tasks()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

const TaskSpec& task_spec(const std::string& name) {
  if (const TaskSpec* spec = find_task(name)) return *spec;
  throw std::logic_error(str("no such task: ", name));
}

}  // namespace regard
