#pragma once

#include "regard/core/logger.h"
#include "regard/data/text_fingerprint.h"
#include "regard/run/config.h"

namespace regard {

/// Compares the texts that a run was trained on with those that are there now, whatever their files
/// are called. Another training text would put other pairs instead of those that the run has
/// seen: throws UserError naming the corpora. Another validation text is warned of.
void check_texts_of_run(const RunTexts& before, const RunTexts& now, const Config& config,
                        Logger& logger);

}  // namespace regard
