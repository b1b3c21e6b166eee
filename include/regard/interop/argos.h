#pragma once

#include <filesystem>

#include "regard/interop/ctranslate2_model.h"

namespace regard {

/// Writes a package of Argos Translate / LibreTranslate: a zip archive with a CTranslate2 model,
/// its SentencePiece model and metadata. `scratch` is an empty folder for the parts. Throws
/// UserError for a model with two SentencePiece models or without the names of its languages.
void write_argos_package(const PortableModel& model, const std::filesystem::path& file,
                         const std::filesystem::path& scratch, Quantization quantization);

}  // namespace regard
