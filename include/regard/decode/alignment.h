#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <torch/types.h>

#include "regard/config/describe.h"
#include "regard/decode/decoding_model.h"
#include "regard/model/weights.h"

namespace regard {

/// What links count.
enum class AlignmentUnit {
  word,   ///< what white space separates in the text
  piece,  ///< the subwords of the vocabulary
};
REGARD_ENUM(AlignmentUnit, word, piece);

/// Which cross-attention is read, and what is linked.
struct AlignmentOptions {
  std::int64_t layer = -1;  ///< decoder block, counted from 0; -1 = the mean of all
  std::int64_t head = -1;   ///< counted from 0; -1 = the mean of all
  AlignmentUnit unit = AlignmentUnit::word;
  std::string map = {};  ///< the attention's name; empty = the layer says which
};

/// A sentence and its translation, without start and end marks.
struct TokenPair {
  TokenSpan source;
  TokenSpan target;
};

/// Where the decoders look while they are made to say each target: for each pair [target tokens,
/// source tokens], float32 on the CPU, end marks left out; several models give their mean. Throws
/// UserError when a model has no such layer or head.
std::vector<torch::Tensor> cross_attention(const Models& models,
                                           const std::vector<TokenPair>& pairs,
                                           const TokenRoles& roles,
                                           const AlignmentOptions& options);

/// Source word and target word, counted from 0.
using WordLinks = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Links each target word with the source word it looked at most: weights [target tokens, source
/// tokens] are summed over the subwords of a source word and averaged over those of a target word.
/// The words of the subwords are those of text/words.h (none below 0, which are of no word, gives a
/// link); a target word without a subword of its own gets no link, and of equal weights the first
/// wins.
WordLinks link_words(const torch::Tensor& weights, std::span<const std::int64_t> source_words,
                     std::span<const std::int64_t> target_words);

/// 0, 1, 2, ...: subwords that are linked one by one.
std::vector<std::int64_t> words_of_their_own(std::size_t count);

/// "0-0 2-1": source-target, in the order of the target.
std::string to_pharaoh(const WordLinks& links);

}  // namespace regard
