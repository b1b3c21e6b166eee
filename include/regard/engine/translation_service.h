#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regard/core/stop_flag.h"
#include "regard/engine/alignment.h"
#include "regard/engine/decoding_options.h"
#include "regard/engine/search.h"
#include "regard/engine/translation_model.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// One of the translations of a line.
struct Translation {
  std::string text;
  std::vector<std::int32_t> tokens = {};  ///< its subwords, without the end mark
  double score = 0;                       ///< after the length penalty
  double log_probability = 0;             ///< natural logarithm, summed over subwords and end mark
  std::int64_t num_tokens = 0;            ///< subwords, end mark included
  WordLinks links = {};                   ///< with TranslatorOptions::alignment
  /// Of its subwords and the end mark, summing up to log_probability but for rounding; with
  /// TranslatorOptions::has_token_scores.
  std::vector<double> token_scores = {};
};

struct TranslatorOptions {
  DecodingOptions decoding;
  std::int64_t num_best = 1;
  std::int64_t max_source_length = 1024;  ///< subwords; longer lines are cut there and counted
  std::int64_t max_target_length = 0;     ///< subwords, for models with a limit; 0 = none
  std::int64_t workers = 1;               ///< batches at a time, each by a thread of its own; a
                                          ///< batch is then that many times smaller. 0 = as many
                                          ///< as there are CPU threads and batches
  std::optional<DrawOptions> draw;        ///< sample translations instead of searching for the best
  std::optional<AlignmentOptions> alignment;  ///< link source and target words
  bool has_token_scores = false;              ///< score each subword
  Profile* profile = nullptr;                 ///< null: times are not taken
};

/// Lines to translate.
struct TranslationRequest {
  std::span<const std::string> lines;
  std::span<const std::string> prefixes =
      {};                        ///< what each translation begins with; or none at all
  std::uint64_t first_line = 0;  ///< number of the first line in its text; drawing derives from it
};

/// What a request gave: result[line] holds num_best translations, best first; a blank line gives
/// one empty translation of score 0. Empty when the request was stopped.
struct Translations {
  std::vector<std::vector<Translation>> lines;
  std::vector<std::int64_t> cut_lines = {};  ///< by index: longer than max_source_length
  /// Those whose prefix was longer than max_target_length (without one, max_source_length).
  std::vector<std::int64_t> cut_prefixes = {};

  std::size_t size() const { return lines.size(); }
  bool empty() const { return lines.empty(); }
  const std::vector<Translation>& operator[](std::size_t line) const { return lines[line]; }
  const std::vector<Translation>& at(std::size_t line) const { return lines.at(line); }
  auto begin() const { return lines.begin(); }
  auto end() const { return lines.end(); }
};

/// The texts of the best translations, in order.
std::vector<std::string> best_texts(const Translations& translations);

/// Text in, text out: tokenize, sort by length, batch, search, detokenize, original order. Safe
/// from several threads.
class TranslationService {
 public:
  TranslationService(Tokenizer source, Tokenizer target, TokenRoles roles,
                     const TranslatorOptions& options);

  /// `progress`, if given, is called with the number of lines done after every batch, one call at a
  /// time. Nothing is translated when `stop` asks to stop.
  Translations translate_all(const Models& models, const TranslationRequest& request,
                             const StopFlag* stop = nullptr,
                             const std::function<void(std::int64_t)>& progress = nullptr) const;

  /// The subwords of a line that are translated.
  std::vector<std::int32_t> source_tokens(std::string_view line) const;
  const Tokenizer& source_tokenizer() const { return source_; }
  const Tokenizer& target_tokenizer() const { return target_; }

 private:
  using Tokens = std::vector<std::int32_t>;
  /// A request in subwords; no prefixes where it has none.
  struct EncodedRequest {
    std::vector<Tokens> sentences;  ///< as the first model reads them
    std::vector<Tokens> prefixes;
    /// As each model does that has a source vocabulary of its own (empty for the others; empty
    /// altogether where there is none).
    std::vector<std::vector<Tokens>> own;
  };

  EncodedRequest encode(const Models& models, const TranslationRequest& request,
                        Translations& result) const;
  std::vector<std::vector<Tokens>> encode_own(const Models& models,
                                              std::span<const std::string> lines,
                                              std::vector<std::int64_t>& cut_lines) const;
  std::vector<std::span<const std::size_t>> batches_of(const std::vector<std::size_t>& order,
                                                       const std::vector<Tokens>& sentences,
                                                       std::int64_t workers) const;
  std::int64_t workers_for(const Models& models, std::int64_t subwords) const;
  bool translate_batch(const Models& models, const TranslationRequest& request,
                       std::span<const std::size_t> places, const EncodedRequest& encoded,
                       const StopFlag* stop, std::vector<std::vector<Translation>>& results) const;
  SearchInput input_of(const TranslationRequest& request, std::span<const std::size_t> places,
                       const EncodedRequest& encoded) const;
  std::vector<TokenBatch> own_sources(const Models& models, const EncodedRequest& encoded,
                                      std::span<const std::size_t> places,
                                      const SearchInput& input) const;
  std::vector<std::vector<Hypothesis>> search(StepScorer& scorer, const SearchInput& input,
                                              const StopFlag* stop) const;
  std::vector<Translation> to_translations(const std::vector<Hypothesis>& found) const;
  void add_details(const Models& models, const std::vector<std::string_view>& lines,
                   std::vector<std::vector<Translation>*>& translations) const;
  void align(const Models& models, const std::vector<TokenPair>& pairs,
             const std::vector<std::string_view>& lines,
             std::vector<Translation*>& translations) const;

  Tokenizer source_;
  Tokenizer target_;
  TokenRoles roles_;
  TranslatorOptions options_;
  SearchOptions search_options_;
};

}  // namespace regard
