#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/config/describe.h"

namespace regard {

/// How SentencePiece learns and applies subwords.
enum class VocabularyType {
  bpe,      ///< byte-pair encoding (Sennrich et al., 2016)
  unigram,  ///< unigram language model (Kudo, 2018)
};
REGARD_ENUM(VocabularyType, bpe, unigram);

/// Subword regularisation (Kudo, 2018) or, for BPE, BPE-dropout (Provilkov et al., 2020) of the
/// training text.
struct SamplingOptions {
  using Self = SamplingOptions;
  double alpha = 0.0;
  std::int64_t nbest = -1;

  static void describe(auto&& field) {
    REGARD_FIELD(alpha,
                 "BPE: share of merges left out at random; unigram: sharpness of the distribution "
                 "(0.1 to 0.5 are usual). 0 = the one best segmentation, always.",
                 config::between(0.0, 1.0), config::course_on_resume());
    REGARD_FIELD(nbest,
                 "Unigram: draw from so many best segmentations. -1 = from all of them; 0 or 1 = "
                 "no sampling. BPE does not use it.",
                 config::between(-1, 512), config::course_on_resume());
  }
};
REGARD_DESCRIBED(SamplingOptions);

/// The group `vocabulary:`.
struct VocabularyOptions {
  using Self = VocabularyOptions;
  std::int64_t size = 8000;
  VocabularyType type = VocabularyType::bpe;
  bool shared = true;
  std::string source;
  std::string target;
  SamplingOptions sampling;
  double character_coverage = 1.0;
  bool byte_fallback = false;
  std::vector<std::string> user_symbols;

  static void describe(auto&& field) {
    REGARD_FIELD(size,
                 "Pieces in a vocabulary that is trained here, the four special ones included.",
                 config::between(5, 1'000'000), config::fixed_on_resume());
    REGARD_FIELD(type, "How subwords are learned.", config::fixed_on_resume());
    REGARD_FIELD(shared, "One SentencePiece model for both sides.", config::fixed_on_resume());
    REGARD_FIELD(source,
                 "A SentencePiece model (.spm) for the source, or for both sides when shared. "
                 "Empty = trained here.",
                 config::fixed_on_resume());
    REGARD_FIELD(target, "A SentencePiece model (.spm) for the target. Empty = trained here.",
                 config::fixed_on_resume());
    REGARD_FIELD(sampling, "Random segmentations while training.");
    REGARD_FIELD(character_coverage,
                 "Share of the characters of the training text that must be in the vocabulary; the "
                 "rest becomes unknown. 1 suits alphabets, 0.9995 Chinese and Japanese.",
                 config::between(0.98, 1.0), config::fixed_on_resume());
    REGARD_FIELD(byte_fallback,
                 "Write characters that are not in the vocabulary as bytes (256 more pieces).",
                 config::fixed_on_resume());
    REGARD_FIELD(user_symbols, "Strings that always stay one piece, such as tags.",
                 config::fixed_on_resume());
  }
  static void check(const Self& self, config::Checks& checks);
};
REGARD_DESCRIBED(VocabularyOptions);

/// Why `symbol` cannot be a user symbol; empty when it can.
std::string user_symbol_fault(const std::string& symbol);

}  // namespace regard
