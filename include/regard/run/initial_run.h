#pragma once

#include <filesystem>
#include <string>

#include "regard/core/logger.h"

#include "initial_config.h"

namespace regard {

/// A corpus that a first configuration is written for.
struct InitialRunOptions {
  std::string source;
  std::string target;
  std::string valid_source;  ///< empty, as the next: lines of the corpus become the validation text
  std::string valid_target;
  std::string source_language;  ///< empty, as the next = by the name of the file
  std::string target_language;
  std::string from;         ///< the model to fine-tune; empty = none
  std::string output;       ///< the file to write; empty = named after the languages
  bool overwrites = false;  ///< what an earlier call wrote
};

/// Reads the corpus, cuts a validation text out of it where none is given, and writes the
/// configuration; InitialRun::config is its file. Throws UserError where texts do not belong
/// together or something is in the way, before anything is written.
InitialRun write_initial_run(const InitialRunOptions& options, Logger& logger);

/// The language that a name ends with: "train.de", "news.de.gz", "corpus_de.txt"; empty = none.
std::string language_of(const std::filesystem::path& path);

}  // namespace regard
