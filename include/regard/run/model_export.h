#pragma once

#include <string>

#include "regard/core/logger.h"
#include "regard/interop/ctranslate2_model.h"
#include "regard/run/portable.h"

namespace regard {

struct ExportOptions {
  ExportFormat format = ExportFormat::ctranslate2;
  std::string model;
  std::string output;                                 ///< must not be there
  Quantization quantization = Quantization::float32;  ///< not for marian_hf, which has float32
  bool verifies = true;  ///< reads the result back and compares its logits with the model's
};

/// Writes a model for another program, which appears complete or not at all; warns of what is not
/// the same there. Throws UserError for a model that the format has no place for, RunError when the
/// result does not give the scores of the original.
void export_model(const ExportOptions& options, Logger& logger);

}  // namespace regard
