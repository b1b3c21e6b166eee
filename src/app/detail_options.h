#pragma once

#include "regard/cli/command.h"
#include "regard/run/translation_details.h"

namespace regard {

/// What `regard translate` and `regard score` write besides translations and their scores.
void add_detail_options(cli::Command& command, DetailOptions& details);

}  // namespace regard
