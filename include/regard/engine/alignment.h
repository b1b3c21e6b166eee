#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "regard/config/describe.h"
#include "regard/engine/token_batch.h"

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

/// Whether an attention is the chosen layer's cross-attention: "decoder.2.cross_attention", or
/// "decoder.step_attention", the only one of an rnn decoder.
bool is_chosen(const std::string& name, const AlignmentOptions& options);
/// Throws UserError when a chosen attention has no such head.
void require_head(const std::string& name, std::int64_t heads, const AlignmentOptions& options);
/// Throws UserError: no attention is the chosen one.
[[noreturn]] void throw_no_such_map(const AlignmentOptions& options);

/// Where a decoder looks while it says each token of a target.
struct AttentionMatrix {
  std::int64_t targets = 0;
  std::int64_t sources = 0;
  std::vector<float> values;  ///< [targets, sources]

  AttentionMatrix() = default;
  AttentionMatrix(std::int64_t num_targets, std::int64_t num_sources)
      : targets(num_targets),
        sources(num_sources),
        values(static_cast<std::size_t>(num_targets * num_sources), 0.0F) {}
};

/// Source word and target word, counted from 0.
using WordLinks = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Links each target word with the source word it looked at most: weights are summed over the
/// subwords of a source word and averaged over those of a target word. The words of the subwords
/// are those of text/words.h (none below 0, which are of no word, gives a link); a target word
/// without a subword of its own gets no link, and of equal weights the first wins.
WordLinks link_words(const AttentionMatrix& weights, std::span<const std::int64_t> source_words,
                     std::span<const std::int64_t> target_words);

/// 0, 1, 2, ...: subwords that are linked one by one.
std::vector<std::int64_t> words_of_their_own(std::size_t count);

/// "0-0 2-1": source-target, in the order of the target.
std::string to_pharaoh(const WordLinks& links);

}  // namespace regard
