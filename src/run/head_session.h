#pragma once

#include <memory>

#include "regard/run/session_task.h"

namespace regard {

/// What a run of a task with a head asks for (tasks/task).
std::unique_ptr<SessionTask> make_head_session(const Config& config);

}  // namespace regard
