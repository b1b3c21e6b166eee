#pragma once

#include <cstdint>
#include <vector>

#include "regard/data/data_options.h"

namespace regard {

/// The piece of a hidden subword.
inline constexpr const char* kMaskPiece = "<mask>";

/// What masking needs to know of a vocabulary.
struct MaskingVocabulary {
  std::int64_t size = 0;
  std::int64_t mask = 0;
  std::vector<std::int64_t> special;  ///< ids that never stand in for a subword; the mask is one
};

/// What became of the subwords of a text.
struct MaskedText {
  std::vector<std::int64_t> ids;     ///< what the encoder reads
  std::vector<std::int64_t> places;  ///< of those that are to be predicted, in order
};

/// Hides subwords of a text as BERT does (Devlin et al. 2019, section 3.1): of `options.rate` of
/// them, at least one, the fraction `random` becomes any subword, `keep` stays, and the rest
/// becomes the mask. A function of the arguments alone.
MaskedText mask_text(const std::vector<std::int64_t>& ids, const MaskingOptions& options,
                     const MaskingVocabulary& vocabulary, std::uint64_t seed);

}  // namespace regard
