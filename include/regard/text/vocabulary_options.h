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
  word,     ///< whole words between spaces
};
REGARD_ENUM(VocabularyType, bpe, unigram, word);

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

/// Subword regularization (Kudo, 2018) or, for BPE, BPE-dropout (Provilkov et al., 2020) of the
/// training text.
struct SamplingOptions {
  using Self = SamplingOptions;
  double alpha = 0.0;
  std::int64_t nbest = -1;

  static void describe(auto&& field) {
    REGARD_FIELD(alpha,
                 "BPE: fraction of merges skipped at random (BPE-dropout); unigram: sharpness of "
                 "the distribution (0.1 to 0.5 are common). 0 = always the best segmentation.",
                 config::between(0.0, 1.0), config::course_on_resume());
    REGARD_FIELD(nbest,
                 "Unigram: sample from this many best segmentations. -1 = from all of them; 0 or 1 "
                 "= no sampling. Not used by BPE.",
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
    REGARD_FIELD(size,
                 "Number of pieces in a vocabulary trained by the run, including the four special "
                 "ones; auto = chosen from the number of sentences, such as 1,000 for 300, 5,000 "
                 "for 20,000 and 21,000 for a million, or as many as the text allows.",
                 config::between(5, 1'000'000), config::fixed_on_resume());
    REGARD_FIELD(source_size, "With shared: false, size of the source vocabulary. none = size.",
                 config::between(5, 1'000'000), config::fixed_on_resume());
    REGARD_FIELD(target_size, "With shared: false, size of the target vocabulary. none = size.",
                 config::between(5, 1'000'000), config::fixed_on_resume());
    REGARD_FIELD(type,
                 "Type of the SentencePiece model; word = the most frequent words, as they stand "
                 "between spaces.",
                 config::fixed_on_resume());
    REGARD_FIELD(shared, "One SentencePiece model for both sides.", config::fixed_on_resume());
    REGARD_FIELD(source,
                 "A SentencePiece model (.spm) for the source, or for both sides if shared. Empty "
                 "= trained by the run.",
                 config::fixed_on_resume());
    REGARD_FIELD(target, "A SentencePiece model (.spm) for the target. Empty = trained by the run.",
                 config::fixed_on_resume());
    REGARD_FIELD(sampling, "Random segmentation during training (subword regularization).");
    REGARD_FIELD(normalization,
                 "Normalization rule of a vocabulary trained by the run, with SentencePiece's "
                 "names: nmt_nfkc = NFKC, removes control characters and turns zero-width ones "
                 "into spaces; nfkc = NFKC only; with _cf also lowercase; identity = none.",
                 config::fixed_on_resume());
    REGARD_FIELD(
        character_coverage,
        "Fraction of the characters in the training text that the vocabulary must cover; the rest "
        "become unknown. 1 for alphabetic scripts, 0.9995 for Chinese and Japanese.",
        config::between(0.98, 1.0), config::fixed_on_resume());
    REGARD_FIELD(
        byte_fallback,
        "Represent characters that are not in the vocabulary as bytes (256 additional pieces).",
        config::fixed_on_resume());
    REGARD_FIELD(user_symbols,
                 "Strings that are always a single piece, such as tags; added to a given "
                 "vocabulary if missing.",
                 config::fixed_on_resume());
  }
  static void check(const Self& self, config::Checks& checks);
};
REGARD_DESCRIBED(VocabularyOptions);

/// Why `symbol` cannot be a user symbol; empty when it can.
std::string user_symbol_fault(const std::string& symbol);

}  // namespace regard
