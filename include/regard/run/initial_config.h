#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "config.h"
#include "corpus_survey.h"

namespace regard {

/// What suits corpora up to a size. Small ones need small vocabularies and much dropout (Sennrich &
/// Zhang 2019; Araabi & Monz 2020), and pieces that are seen often enough (Gowda & May 2020).
struct SizeAdvice {
  std::int64_t up_to = 0;  ///< training pairs; 0 = any number
  Preset preset = Preset::transformer_base;
  std::int64_t feed_forward = 0;  ///< 0 = the preset's
  std::int64_t vocabulary = 0;
  double dropout = 0.0;        ///< of sublayers and embeddings
  double inner_dropout = 0.0;  ///< of attention weights and inside the feed-forward networks
  double peak = 0.0;           ///< learning rate
  std::int64_t warmup = 0;
  std::int64_t batch_tokens = 0;
  std::int64_t accumulate = 1;
  double epochs = 0;
  const char* effort = "";  ///< what training takes
};

/// Smallest corpora first; the last row has no limit.
std::span<const SizeAdvice> size_advice();
const SizeAdvice& advice_for(std::int64_t pairs);
/// All rows as a Markdown table; docs/guide.md has it.
std::string size_table();

/// The model that a fine-tuning run starts from.
struct InitialModel {
  std::string path;
  double peak = 0.0;            ///< of the learning rate that it was trained with
  std::int64_t max_length = 0;  ///< what its positions allow; 0 = no limit
  std::string source_language;  ///< may be empty, as the next
  std::string target_language;
};

/// A run that nobody has configured yet.
struct InitialRun {
  std::string config;  ///< name of the file that is to be written
  std::string output;
  std::string source_language;  ///< may be empty, as the next
  std::string target_language;
  TextPair train;
  TextPair valid;
  std::int64_t valid_pairs = 0;
  bool is_valid_cut = false;  ///< out of the training text
  CorpusSurvey survey;        ///< of the training text
  std::optional<InitialModel> start;
};

/// The values that depend on the corpus.
struct InitialValues {
  std::int64_t vocabulary = 0;
  std::int64_t batch_tokens = 0;
  std::int64_t accumulate = 1;
  double peak = 0.0;
  std::int64_t warmup = 0;
  std::int64_t max_updates = 0;
  double epochs = 0;  ///< about as many in max_updates
  std::int64_t validation_every = 0;
  std::int64_t patience = 0;
};
InitialValues initial_values(const InitialRun& run);

/// A short configuration whose comments say why each value. Throws UserError for names that are no
/// UTF-8.
std::string initial_config(const InitialRun& run);

/// "3+3 blocks, width 256".
std::string shape_text(const SizeAdvice& advice);

}  // namespace regard
