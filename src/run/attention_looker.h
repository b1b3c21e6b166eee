#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/core/logger.h"
#include "regard/engine/translation_service.h"
#include "regard/metrics/alignment_error.h"
#include "regard/report/attention_map.h"
#include "regard/run/model_folder.h"

namespace regard {

/// A sentence and its translation (given, or the model's own), and which word each subword is of.
struct AttendExample {
  std::vector<std::int32_t> source;
  std::vector<std::int32_t> target;
  std::vector<std::int64_t> source_words;
  std::vector<std::int64_t> target_words;
  std::vector<std::string> source_texts;  ///< the words themselves
  std::vector<std::string> target_texts;

  SentenceWords count() const { return {std::ssize(source_texts), std::ssize(target_texts)}; }
};

/// Lines to look at, and the files they come from. Without targets the model translates.
struct AttendTexts {
  std::vector<std::string> sources;
  std::vector<std::string> targets;
  std::string source_file;
  std::string target_file;
};

/// What is looked for.
struct LookerOptions {
  AlignmentUnit unit = AlignmentUnit::word;  ///< what counts as a word
  std::int64_t head = -1;                    ///< that links are read from; -1 = the mean of all
};

/// Whether a map is of the target to the source; once for an attention by feature.
bool is_cross(const AttentionMap& map);

/// Makes a model read lines and say others, and takes down where it looks.
class AttentionLooker {
 public:
  /// `model` and `logger` must outlive it.
  AttentionLooker(OpenedModel& model, const LookerOptions& options, Logger& logger);

  /// The lines' subwords, as far as they are looked at; lines that are cut are named.
  std::vector<AttendExample> examples(const AttendTexts& texts);
  AttentionSentence look(const AttendExample& example, std::int64_t id);
  /// The links read from the cross-attentions of an example that was looked at. Throws UserError
  /// when it has none.
  Links links_of(const AttentionSentence& sentence, const AttendExample& example) const;

 private:
  std::vector<std::int32_t> encode(const Tokenizer& tokenizer, const std::string& line,
                                   const SourceSpot& spot);
  std::vector<Translation> translate(const std::vector<std::string>& sources);

  OpenedModel& model_;
  LookerOptions options_;
  TranslatorOptions limits_;
  LimitedWarnings cut_;
};

}  // namespace regard
