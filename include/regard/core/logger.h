#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

namespace regard {

enum class LogLevel { debug, info, warning, error };

/// Where messages go. An interface, so that the library neither prints nor knows a console; `app`
/// makes one with make_logger() and hands it down. Thread-safe.
class Logger {
 public:
  virtual ~Logger() = default;
  virtual void log(LogLevel level, std::string_view text) noexcept = 0;

  /// A status that the next one replaces: redrawn in place on a terminal, dropped elsewhere
  /// (callers log a plain line from time to time as well). An empty text clears it.
  virtual void status(std::string_view text) noexcept = 0;
  /// True when status() shows something, so callers may skip making the text.
  virtual bool shows_status() const noexcept = 0;

  void debug(std::string_view text) noexcept { log(LogLevel::debug, text); }
  void info(std::string_view text) noexcept { log(LogLevel::info, text); }
  void warning(std::string_view text) noexcept { log(LogLevel::warning, text); }
  void error(std::string_view text) noexcept { log(LogLevel::error, text); }
};

struct LoggerOptions {
  LogLevel level = LogLevel::info;
  bool to_stderr = true;
  std::filesystem::path file;  ///< appended to with time stamps; empty = none
};

/// Standard error (colours and the status line only on a terminal; "warning: " and "error: " before
/// such lines; plain text for info) and, if given, a file, flushed after each line. Control
/// characters are escaped; each line of a text is a record. Throws UserError when the file cannot
/// be opened; a later failure of the file (a full disk) is one warning on standard error.
std::unique_ptr<Logger> make_logger(const LoggerOptions& options);

/// Swallows everything; for tests and callers without a console.
std::unique_ptr<Logger> make_silent_logger();

/// Passes at most `limit` warnings of one kind to a logger, then counts; the destructor reports the
/// count.
class LimitedWarnings {
 public:
  LimitedWarnings(Logger& logger, std::string_view kind, int limit = 5);
  ~LimitedWarnings();
  LimitedWarnings(const LimitedWarnings&) = delete;
  LimitedWarnings& operator=(const LimitedWarnings&) = delete;
  void warn(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regard
