#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "regard/core/clock.h"
#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/run/loaded_translator.h"
#include "regard/run/text_output.h"
#include "regard/run/text_translation.h"
#include "regard/run/translation_details.h"
#include "regard/text/line_reader.h"

namespace regard {

/// What is read, line by line. Opening a pipe waits for its writer.
struct FilterInputs {
  LineReader text;
  std::optional<LineReader> prefixes;

  FilterInputs(const TextTranslationOptions& options, const StopFlag* stop);
};

/// Where the translations go, and what goes with them.
struct FilterOutputs {
  TextOutput text;
  DetailOutputs details;

  FilterOutputs(const TextTranslationOptions& options,
                const std::vector<std::filesystem::path>& inputs)
      : text(options.output, inputs), details(options, inputs) {}
  void flush() {
    text.flush();
    details.flush();
  }
  void commit() {
    text.commit();
    details.commit();
  }
};

/// What a filter reports to.
struct FilterWatch {
  Logger& logger;
  const StopFlag& stop;
  Profile* profile;  ///< may be null
};

/// Reads, translates and writes pools of lines: large ones from a file, and whatever is there when
/// a program writes line by line and waits for each answer.
class TranslationFilter {
 public:
  /// Everything outlives it.
  TranslationFilter(const LoadedTranslator& loaded, FilterInputs& inputs,
                    const TextTranslationOptions& options, const FilterWatch& watch);

  void run(FilterOutputs& outputs);

 private:
  std::vector<std::string> read_pool();
  void warn_about(const Line& line, const std::string& name);
  void warn_about_language(const Line& line);
  [[noreturn]] void fail_of_prefixes(const char* what, std::int64_t lines) const;
  std::vector<std::string> read_prefixes(std::size_t count);
  void translate(const std::vector<std::string>& pool, FilterOutputs& outputs);
  void translate_lines(const std::vector<std::string>& pool, FilterOutputs& outputs);
  void translate_paragraphs(const std::vector<std::string>& pool, FilterOutputs& outputs);
  Translations ask(const TranslationRequest& request, std::int64_t lines);
  void warn_of_cut(std::int64_t number);
  void require_finite(const Translation& translation, std::int64_t number) const;
  void report_stop();
  void write_details(const std::string& line, const std::vector<Translation>& translations,
                     DetailOutputs& outputs) const;
  void report();

  const Models& models_;
  const StopFlag& stop_;
  Profile* profile_;
  const TranslationService& translator_;
  FilterInputs& inputs_;
  const TextTranslationOptions& options_;
  Logger& logger_;
  const bool is_interactive_;  // somebody types the text
  const bool shows_progress_;
  std::set<std::int64_t> cut_lines_;  // of the text, that were warned of as they were read
  std::set<std::string> unknown_codes_;
  LimitedWarnings invalid_{logger_, "lines with invalid UTF-8"};
  LimitedWarnings cut_{logger_, "lines that were cut"};
  LimitedWarnings codes_{logger_, "unknown language codes"};
  Stopwatch watch_;
  std::int64_t first_ = 0;      // lines written
  std::int64_t sentences_ = 0;  // translated; with --split
};

}  // namespace regard
