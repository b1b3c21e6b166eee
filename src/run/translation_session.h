#pragma once

#include <memory>

#include "regard/run/session_task.h"

namespace regard {

/// What a run of translation asks for.
std::unique_ptr<SessionTask> make_translation_session();

}  // namespace regard
