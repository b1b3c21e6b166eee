#include <stdexcept>

#include "regard/core/strings.h"
#include "regard/tasks/task.h"
#include "regard/tensor/torch.h"

namespace regard {

#define REGARD_HEAD_TASK(name) std::unique_ptr<Task> make_##name##_task(const TaskSetup& setup);
#include "tasks/tasks.def"
#undef REGARD_HEAD_TASK

std::unique_ptr<Task> make_task(const std::string& name, const TaskSetup& setup) {
#define REGARD_HEAD_TASK(task) \
  if (name == #task) return make_##task##_task(setup);
#include "tasks/tasks.def"
#undef REGARD_HEAD_TASK
  throw std::logic_error(str("no task with a head: ", name));
}

}  // namespace regard
