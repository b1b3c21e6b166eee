#pragma once

#include <cstdint>
#include <vector>

#include "regard/data/corpus.h"

namespace regard {

/// A fingerprint of everything that a tokenized corpus depends on: files (size, time of change,
/// samples of the content; not the name), tags, vocabularies, filters. Weights are not part of it.
std::uint64_t corpus_key(const std::vector<CorpusFiles>& files, const ExampleFormat& format,
                         const CorpusLoading& loading);

}  // namespace regard
