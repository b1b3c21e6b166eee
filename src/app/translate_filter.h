#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "regard/core/clock.h"
#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/decode/translator.h"
#include "regard/text/line_reader.h"

#include "search_arguments.h"
#include "text_output.h"
#include "translation_details.h"

namespace regard {

/// What stands on the command line of `regard translate`.
struct TranslateArguments : SearchArguments, DetailArguments {
  std::string model;
  std::string input;
  std::string output;
  std::string prefix;
  std::int64_t num_best = 0;  // 0 = one translation a line, without Moses columns
  std::string device = "auto";
  bool has_scores = false;
  bool is_strict = false;
  bool is_profiled = false;
};

/// A file, or standard input; invalid UTF-8 is replaced, or refused where `is_strict`.
LineReader open_input(const std::string& path, bool is_strict, const StopFlag* stop);

/// What is read, line by line. Opening a pipe waits for its writer.
struct TranslateInputs {
  LineReader text;
  std::optional<LineReader> prefixes;

  TranslateInputs(const TranslateArguments& arguments, const StopFlag* stop);
};

/// Where the translations go, and what goes with them.
struct Outputs {
  TextOutput text;
  DetailOutputs details;

  Outputs(const TranslateArguments& arguments, const std::vector<std::filesystem::path>& inputs)
      : text(arguments.output, inputs), details(arguments, inputs) {}
  void flush() {
    text.flush();
    details.flush();
  }
  void commit() {
    text.commit();
    details.commit();
  }
};

/// Reads, translates and writes pools of lines: large ones from a file, and whatever is there when
/// a program writes line by line and waits for each answer.
class TranslateFilter {
 public:
  /// `profile` may be null.
  TranslateFilter(Models models, Translator& translator, TranslateInputs& inputs,
                  const TranslateArguments& arguments, Logger& logger, const StopFlag& stop,
                  Profile* profile);

  void run(Outputs& outputs);

 private:
  std::vector<std::string> read_pool();
  void warn_about(const Line& line, const std::string& name);
  void warn_about_language(const Line& line);
  [[noreturn]] void fail_of_prefixes(const char* what, std::int64_t lines) const;
  std::vector<std::string> read_prefixes(std::size_t count);
  void translate(const std::vector<std::string>& pool, Outputs& outputs);
  void report_stop();
  void write_details(const std::string& line, const std::vector<Translation>& translations,
                     DetailOutputs& outputs) const;
  void report();

  Models models_;
  const StopFlag& stop_;
  Profile* profile_;
  Translator& translator_;
  TranslateInputs& inputs_;
  const TranslateArguments& arguments_;
  Logger& logger_;
  const bool is_interactive_;  // somebody types the text
  const bool shows_progress_;
  std::set<std::int64_t> cut_lines_;  // of the text, that were warned of as they were read
  std::set<std::string> unknown_codes_;
  LimitedWarnings invalid_{logger_, "lines with invalid UTF-8"};
  LimitedWarnings cut_{logger_, "lines that were cut"};
  LimitedWarnings codes_{logger_, "unknown language codes"};
  Stopwatch watch_;
  std::int64_t first_ = 0;  // lines written
};

}  // namespace regard
