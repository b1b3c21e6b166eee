#pragma once

#include <filesystem>
#include <vector>

#include "regard/core/error.h"
#include "regard/interop/portable_model.h"

#include "model_folder.h"

namespace regard {

/// The programs that models are written for.
enum class ExportFormat {
  ctranslate2,  ///< a directory for CTranslate2 and programs built on it
  marian_hf,    ///< a MarianMT directory for Hugging Face transformers
  argos,        ///< a package for Argos Translate and LibreTranslate
};

/// What of these options (in the full form) the format cannot represent, with key, value and fix;
/// empty = such a model can be exported. `place` begins the messages.
std::vector<Problem> export_obstacles(const ModelOptions& options, ExportFormat format,
                                      const std::filesystem::path& place);

/// An opened model in the form in which models go to other programs. Throws UserError with all that
/// stands against the format.
PortableModel to_portable(const OpenedModel& opened, ExportFormat format);

/// Writes a model directory into an empty folder. `output` is the directory's later path.
void save_as_model_folder(const PortableModel& model, const std::filesystem::path& folder,
                          const std::filesystem::path& output);

}  // namespace regard
