#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "regard/decode/decoding_options.h"
#include "regard/decode/search.h"
#include "regard/model/text_translator.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// One of the translations of a line.
struct Translation {
  std::string text;
  double score = 0;             ///< after the length penalty
  double log_probability = 0;   ///< natural logarithm, summed over subwords and end mark
  std::int64_t num_tokens = 0;  ///< subwords, end mark included
};

struct TranslatorOptions {
  DecodingOptions decoding;
  std::int64_t num_best = 1;
  std::int64_t max_source_length = 1024;  ///< subwords; longer lines are cut there and counted
};

/// Text in, text out: tokenise, sort by length, batch, search, detokenise, original order.
class Translator final : public TextTranslator {
 public:
  Translator(Tokenizer source, Tokenizer target, TokenRoles roles,
             const TranslatorOptions& options);

  /// result[line] holds num_best translations, best first; a blank line gives one empty translation
  /// of score 0. `progress`, if given, is called with the number of lines done after every batch.
  /// Empty when `stop` asks to stop.
  std::vector<std::vector<Translation>> translate_all(
      Seq2SeqImpl& model, std::span<const std::string> lines, const StopFlag* stop = nullptr,
      const std::function<void(std::int64_t)>& progress = nullptr);

  std::optional<std::vector<std::string>> translate(Seq2SeqImpl& model,
                                                    std::span<const std::string> lines,
                                                    const StopFlag* stop) override;

  /// Lines of the last call that were longer than max_source_length, by index.
  const std::vector<std::int64_t>& cut_lines() const { return cut_lines_; }

 private:
  std::vector<std::vector<std::int32_t>> encode(std::span<const std::string> lines);
  std::vector<std::vector<Hypothesis>> search(Seq2SeqImpl& model,
                                              const std::vector<TokenSpan>& sentences,
                                              const StopFlag* stop) const;

  Tokenizer source_;
  Tokenizer target_;
  TokenRoles roles_;
  TranslatorOptions options_;
  SearchOptions search_options_;
  std::vector<std::int64_t> cut_lines_;
};

}  // namespace regard
