#pragma once

#include <filesystem>

#include "regard/interop/portable_model.h"

#include "model_folder.h"

namespace regard {

/// An opened model in the form in which models go to other programs. Throws UserError with all that
/// stands against it.
PortableModel to_portable(const OpenedModel& opened);

/// Writes a model directory into an empty folder. `output` is the directory's later path.
void save_as_model_folder(const PortableModel& model, const std::filesystem::path& folder,
                          const std::filesystem::path& output);

}  // namespace regard
