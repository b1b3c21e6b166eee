#pragma once

#include <cstdint>
#include <optional>
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

/// What SentencePiece does to the characters of a text before it cuts it, under SentencePiece's
/// names. The rules are part of a .spm file.
enum class Normalization {
  nmt_nfkc,     ///< NFKC, control characters left out, what looks like a space becomes one
  nfkc,         ///< Unicode's compatibility composition
  nmt_nfkc_cf,  ///< and case folding
  nfkc_cf,
  identity,  ///< nothing
};
REGARD_ENUM(Normalization, nmt_nfkc, nfkc, nmt_nfkc_cf, nfkc_cf, identity);

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
  config::AutoInteger size = 8000;
  std::optional<config::AutoInteger> source_size;
  std::optional<config::AutoInteger> target_size;
  VocabularyType type = VocabularyType::bpe;
  bool shared = true;
  std::string source;
  std::string target;
  SamplingOptions sampling;
  Normalization normalization = Normalization::nmt_nfkc;
  double character_coverage = 1.0;
  bool byte_fallback = false;
  std::vector<std::string> user_symbols;

  static void describe(auto&& field) {
    REGARD_FIELD(
        size,
        "Pieces in a vocabulary that is trained here, the four special ones included; auto "
        "= by the number of sentences, such as 1,000 for 300, 5,000 for 20,000 and 21,000 "
        "for a million, or what the text allows.",
        config::between(5, 1'000'000), config::fixed_on_resume());
    REGARD_FIELD(source_size, "With shared: false, size of the source's vocabulary. none = size.",
                 config::between(5, 1'000'000), config::fixed_on_resume());
    REGARD_FIELD(target_size, "With shared: false, size of the target's vocabulary. none = size.",
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
    REGARD_FIELD(normalization,
                 "What a vocabulary that is trained here does to characters, by SentencePiece's "
                 "names: nmt_nfkc = NFKC, without control characters, zero-width ones become "
                 "spaces; nfkc = NFKC alone; with _cf also lower case; identity = nothing.",
                 config::fixed_on_resume());
    REGARD_FIELD(character_coverage,
                 "Share of the characters of the training text that must be in the vocabulary; the "
                 "rest becomes unknown. 1 suits alphabets, 0.9995 Chinese and Japanese.",
                 config::between(0.98, 1.0), config::fixed_on_resume());
    REGARD_FIELD(byte_fallback,
                 "Write characters that are not in the vocabulary as bytes (256 more pieces).",
                 config::fixed_on_resume());
    REGARD_FIELD(user_symbols,
                 "Strings that always stay one piece, such as tags; a given vocabulary that lacks "
                 "one gets it.",
                 config::fixed_on_resume());
  }
  static void check(const Self& self, config::Checks& checks);
};
REGARD_DESCRIBED(VocabularyOptions);

/// Why `symbol` cannot be a user symbol; empty when it can.
std::string user_symbol_fault(const std::string& symbol);

}  // namespace regard
