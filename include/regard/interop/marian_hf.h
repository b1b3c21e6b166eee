#pragma once

#include <filesystem>
#include <vector>

#include "regard/interop/portable_model.h"
#include "regard/interop/verification.h"

namespace regard {

/// Reads a MarianMT directory of Hugging Face transformers (config.json, vocab.json, source.spm,
/// target.spm, model.safetensors) as transformers 5 does: what is stored is used. Nothing in it is
/// trusted. Throws UserError naming file, key or
/// tensor, also for weights that are only there as pytorch_model.bin: pickled files can run
/// programs and are not read.
PortableModel read_marian_hf(const std::filesystem::path& folder);

/// The logits of such a directory, computed from its files without any part of what imports them
/// but the reader of the file's format: what an import is checked against. Plain and slow. Throws
/// UserError for a file that is damaged or lacks a tensor.
LogitsOf marian_hf_logits(const std::filesystem::path& folder);

/// What a MarianMT directory cannot represent of this model; empty = nothing. `place` begins the
/// messages.
std::vector<Problem> marian_hf_obstacles(const TransformerShape& shape,
                                         const std::filesystem::path& place);

/// Writes such a directory into an empty folder, for a model without obstacles. Interleaved
/// positions become halves by another order of the features, which changes no result; positions
/// that MarianMTModel does not compute are stored.
void write_marian_hf(const PortableModel& model, const std::filesystem::path& folder);

}  // namespace regard
