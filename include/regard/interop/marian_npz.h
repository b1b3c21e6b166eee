#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "regard/interop/portable_model.h"
#include "regard/interop/verification.h"

namespace regard {

/// Reads a model of Marian itself: an .npz file, the options inside it, and the vocabularies that
/// FILE.npz.yml, FILE.npz.decoder.yml or decoder.yml next to it names (SentencePiece models, or
/// lists in YAML, JSON or plain text with source.spm and target.spm next to them). Nothing in it is
/// trusted. Marian starts the decoder from zeros: a last piece <pad> (another name where that one
/// is taken) with an embedding of zeros does that here.
/// Throws UserError naming file, option or array.
PortableModel read_marian_npz(const std::filesystem::path& file);

/// The logits of such a model, computed as marian_hf_logits() does. `source_end` is the id of the
/// source's end mark.
LogitsOf marian_npz_logits(const std::filesystem::path& file, std::int64_t source_end);

}  // namespace regard
