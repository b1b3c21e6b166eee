#include "regard/engine/alignment.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

bool is_chosen(const std::string& name, const AlignmentOptions& options) {
  if (!options.map.empty()) return name == options.map;
  const std::int64_t layer = options.layer;
  if (name == "decoder.step_attention") return layer <= 0;
  const std::string prefix = layer < 0 ? "decoder." : str("decoder.", layer, ".");
  return name.starts_with(prefix) && name.find(".cross_attention") != std::string::npos;
}

void require_head(const std::string& name, std::int64_t heads, const AlignmentOptions& options) {
  if (options.head < heads) return;
  throw UserError(str("alignment head ", options.head, " of ", name, " does not exist: it has ",
                      heads, " heads"),
                  str("use 0 to ", heads - 1));
}

void throw_no_such_map(const AlignmentOptions& options) {
  throw UserError(
      !options.map.empty() ? str("the model has no attention named ", options.map)
      : options.layer < 0
          ? std::string("the model has no cross-attention to read alignments from")
          : str("alignment layer ", options.layer, " has no cross-attention, or does not exist"),
      "see regard info MODEL for the decoder layers, numbered from 0");
}

namespace {

/// Weights [target words, source words]. Dividing by a target word's number of subwords would not
/// change which source word is largest.
AttentionMatrix sums_of_words(const AttentionMatrix& weights,
                              std::span<const std::int64_t> source_words,
                              std::span<const std::int64_t> target_words, AttentionMatrix words) {
  AttentionMatrix columns(weights.targets, words.sources);
  for (std::int64_t row = 0; row < weights.targets; ++row) {
    const float* from = weights.values.data() + row * weights.sources;
    float* to = columns.values.data() + row * columns.sources;
    for (std::size_t i = 0; i < source_words.size(); ++i)
      to[source_words[i]] += from[i];
  }
  for (std::int64_t row = 0; row < weights.targets; ++row) {
    const float* from = columns.values.data() + row * columns.sources;
    float* to = words.values.data() + target_words[static_cast<std::size_t>(row)] * words.sources;
    for (std::int64_t column = 0; column < words.sources; ++column)
      to[column] += from[column];
  }
  return words;
}

}  // namespace

WordLinks link_words(const AttentionMatrix& weights, std::span<const std::int64_t> source_words,
                     std::span<const std::int64_t> target_words) {
  if (source_words.empty() || target_words.empty()) return {};
  if (weights.targets != std::ssize(target_words) || weights.sources != std::ssize(source_words)) {
    throw std::invalid_argument(str("link_words: weights [", weights.targets, ", ", weights.sources,
                                    "] for ", target_words.size(), " x ", source_words.size(),
                                    " subwords"));
  }
  const auto count = [](std::span<const std::int64_t> words) {
    return *std::max_element(words.begin(), words.end()) + 1;
  };
  // Texts of white space alone have subwords at times, but no words.
  if (count(source_words) == 0 || count(target_words) == 0) return {};
  const AttentionMatrix words =
      sums_of_words(weights, source_words, target_words,
                    AttentionMatrix(count(target_words), count(source_words)));
  WordLinks links;
  for (const std::int64_t target : target_words) {
    if (!links.empty() && links.back().second == target) continue;
    const auto row = words.values.begin() + target * words.sources;
    links.emplace_back(std::max_element(row, row + words.sources) - row, target);
  }
  return links;
}

std::vector<std::int64_t> words_of_their_own(std::size_t count) {
  std::vector<std::int64_t> words(count);
  std::iota(words.begin(), words.end(), std::int64_t{0});
  return words;
}

std::string to_pharaoh(const WordLinks& links) {
  std::vector<std::string> texts;
  for (const auto& [source, target] : links)
    texts.push_back(str(source, "-", target));
  return join(texts, " ");
}

}  // namespace regard
