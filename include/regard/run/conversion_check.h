#pragma once

#include <filesystem>
#include <string>

#include "regard/core/logger.h"
#include "regard/interop/verification.h"

namespace regard {

/// Says how far a converted model is from the original. Throws RunError when that is more than
/// `tolerance` times the largest logit (at least 1): then the conversion is wrong.
void require_same_logits(const Verification& found, double tolerance, const std::string& what,
                         Logger& logger);

/// Throws UserError when `output` already exists, and makes the folders above it.
void prepare_output(const std::filesystem::path& output);

}  // namespace regard
