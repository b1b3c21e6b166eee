#pragma once

#include <filesystem>
#include <vector>

#include "regard/interop/portable_model.h"

namespace regard {

/// Reads a MarianMT directory of Hugging Face transformers (config.json, vocab.json, source.spm,
/// target.spm, model.safetensors). Nothing in it is trusted. Throws UserError naming file, key or
/// tensor, also for weights that are only there as pytorch_model.bin: pickled files can run
/// programs and are not read.
PortableModel read_marian_hf(const std::filesystem::path& folder);

/// What a MarianMT directory cannot hold of this model; empty = nothing. `place` begins the
/// messages.
std::vector<Problem> marian_hf_obstacles(const TransformerShape& shape,
                                         const std::filesystem::path& place);

/// Writes such a directory into an empty folder, for a model without obstacles. Interleaved
/// positions become halves by another order of the features, which changes no result.
void write_marian_hf(const PortableModel& model, const std::filesystem::path& folder);

}  // namespace regard
