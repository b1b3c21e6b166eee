#pragma once

namespace regard {

/// TrainCorpusOptions::alignments of a corpus whose links the run makes.
inline constexpr const char* kOwnLinks = "auto";

}  // namespace regard
