#include "regard/run/session_task.h"

#include "head_session.h"
#include "translation_session.h"

namespace regard {

std::unique_ptr<SessionTask> make_session_task(const Config& config) {
  if (task_spec(config.task).has_head) return make_head_session(config);
  return make_translation_session();
}

}  // namespace regard
