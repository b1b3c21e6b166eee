#pragma once

#include <filesystem>
#include <string>

#include "regard/interop/portable_model.h"

namespace regard {

/// Reads a model of Marian itself: an .npz file, the options inside it, and the vocabularies that
/// FILE.npz.yml, FILE.npz.decoder.yml or decoder.yml beside it names (SentencePiece models, or
/// .yml/.json lists with source.spm and target.spm beside them). Nothing in it is trusted. Marian
/// starts the decoder from zeros: a last piece <pad> with an embedding of zeros does that here.
/// Throws UserError naming file, option or array.
PortableModel read_marian_npz(const std::filesystem::path& file);

}  // namespace regard
