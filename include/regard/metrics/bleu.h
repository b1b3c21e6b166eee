#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "regard/metrics/metric.h"
#include "regard/metrics/word_splitter.h"

namespace regard {

/// How BLEU cuts a line into words, with sacreBLEU's names. Those that need more than the line (a
/// dictionary, a SentencePiece model) are a WordSplitter.
enum class BleuTokenizer {
  mteval_13a,     ///< "13a": mteval-v13a of the WMT shared tasks
  international,  ///< "intl": mteval-v14, splits off all Unicode punctuation and symbols
  character,      ///< "char": every character but white space
  chinese,        ///< "zh": every Chinese character, the rest like 13a
  none,           ///< "none": white space only
};

/// What replaces the precision of an n-gram order without a match (Chen and Cherry 2014, W14-3346).
enum class BleuSmoothing {
  none,         ///< nothing: the score is 0
  floor,        ///< `smooth_value` matches
  add_k,        ///< `smooth_value` more matches and n-grams for orders above 1
  exponential,  ///< "exp": half a match, then a quarter, … (mteval-v13a)
};

/// Throw UserError with the choices when the name is unknown.
BleuTokenizer parse_bleu_tokenizer(std::string_view name);
BleuSmoothing parse_bleu_smoothing(std::string_view name);
/// "13a", "intl", "char", "zh", "none" and "none", "floor", "add-k", "exp".
std::vector<std::string> bleu_tokenizer_names();
/// The names that need a WordSplitter: "ja-mecab", "ko-mecab", "flores101", "flores200",
/// "spBLEU-1K"; and "spm:FILE" with any SentencePiece model.
std::vector<std::string> bleu_splitter_names();
/// Whether a name is one of all these.
bool is_bleu_tokenizer(std::string_view name);
std::vector<std::string> bleu_smoothing_names();
std::string to_string(BleuTokenizer tokenizer);
std::string to_string(BleuSmoothing smoothing);

struct BleuOptions {
  BleuTokenizer tokenizer = BleuTokenizer::mteval_13a;
  BleuSmoothing smoothing = BleuSmoothing::exponential;
  double smooth_value = 0;  ///< 0 = the paper's: 0.1 for floor, 1 for add-k; the others ignore it
  bool is_lowercased = false;
  /// Leave out the orders for which the translation is too short. Wanted for the scores of single
  /// sentences.
  bool has_effective_order = false;
  SharedSplitter splitter = {};  ///< cuts the lines instead of `tokenizer`, if there is one
};

/// BLEU (Papineni et al. 2002, P02-1040) with orders 1 to 4. Statistics: translation length,
/// closest reference length (the shorter of two as close), clipped matches of order 1 to 4, n-grams
/// of order 1 to 4.
/// Throws UserError when `smooth_value` is negative.
std::unique_ptr<Metric> make_bleu(const BleuOptions& options = {});

}  // namespace regard
