#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"

#include "loaded_translator.h"
#include "translation_details.h"

namespace regard {

/// A text that is translated, line by line. Files, or standard input and output for "-" and "".
struct TextTranslationOptions : DetailOptions {
  std::string model;  ///< or an ensemble "A,B"
  std::string input;
  std::string output;
  std::string prefix;         ///< what each translation begins with; empty = none
  std::int64_t num_best = 0;  ///< 0 = one translation a line, without Moses columns
  std::string device = "auto";
  SearchSetup search;
  bool has_scores = false;        ///< before each line, where there are no Moses columns
  bool splits_sentences = false;  ///< a line may hold several, which are translated one by one
  bool is_strict = false;         ///< refuses invalid UTF-8 instead of replacing it
  bool is_profiled = false;       ///< writes a trace beside the output
};

/// Who watches it. Everything outlives it.
struct TranslationWatch {
  Logger& logger;
  const StopFlag& stop;
  /// Told once the inputs are open: from here on a request to stop leaves nothing half done.
  /// Before, waiting for the writer of a pipe ends with the program alone.
  std::function<void()> on_open = {};
};

/// Reads, translates by `backend`, and writes. Whatever is there is answered at once when another
/// program writes a line and waits for its translation. Throws UserError for contradictions and
/// unreadable files before anything is opened that takes long. Returns false when `watch.stop`
/// ended it.
bool translate_text(const TextTranslationOptions& options, const ModelBackend& backend,
                    const TranslationWatch& watch);

}  // namespace regard
