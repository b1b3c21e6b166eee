#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/stop_flag.h"

namespace regard {

/// What a server translates from and to.
struct ServedDirection {
  std::string source;  ///< language codes, as requests name them
  std::string target;
  std::string model;  ///< its name, for people
};

/// How sentences are translated. Those that share a batch have equal ones.
struct SentenceOptions {
  std::int64_t beam_size = 0;         ///< 0 = the model's
  std::string length_penalty = {};    ///< as in a configuration; empty = the model's
  std::int64_t min_length = -1;       ///< subwords; -1 = the model's
  std::int64_t no_repeat_ngram = -1;  ///< -1 = the model's
  std::int64_t num_best = 1;
  bool has_links = false;        ///< word alignments
  bool has_word_scores = false;  ///< log-probabilities of words

  auto operator<=>(const SentenceOptions&) const = default;
};

/// One of the translations of a sentence.
struct SentenceTranslation {
  std::string text;
  double score = 0;            ///< after the length penalty
  double log_probability = 0;  ///< natural logarithm, summed over subwords and end mark
  /// Source word and target word, counted from 0; with SentenceOptions::has_links.
  std::vector<std::pair<std::int64_t, std::int64_t>> links = {};
  /// Of its words and the end mark; with SentenceOptions::has_word_scores.
  std::vector<double> word_scores = {};
};

struct SentenceResult {
  std::vector<SentenceTranslation> best;  ///< num_best of them (or fewer), best first
  bool was_cut = false;            ///< longer than the model reads: its end is not translated
  std::int64_t target_tokens = 0;  ///< subwords of the best, end mark included
};

/// Whether a model is in memory.
struct ModelState {
  std::string name;
  bool is_loaded = false;
};

/// What a server asks for translations. Safe from several threads.
class TranslationBackend {
 public:
  virtual ~TranslationBackend() = default;
  /// Never empty, and the same for as long as this lives.
  virtual const std::vector<ServedDirection>& directions() const = 0;
  /// Throws UserError, whose text a client is shown, for options that a direction does not have.
  virtual void check(std::size_t direction, const SentenceOptions& options) const = 0;
  /// A result for each sentence. What is translated together does not change what a sentence is
  /// translated to. Nothing when `stop` was requested.
  virtual std::vector<SentenceResult> translate(std::size_t direction,
                                                std::span<const std::string> sentences,
                                                const SentenceOptions& options,
                                                const StopFlag& stop) const = 0;
  virtual std::vector<ModelState> models() const = 0;
};

}  // namespace regard
