#include "regard/core/logger.h"

#include <atomic>
#include <cstdio>
#include <mutex>
#include <string>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/terminal.h"

namespace regard {
namespace {

namespace level = spdlog::level;

constexpr std::string_view kEraseLine = "\r\x1b[K";

level::level_enum to_spdlog(LogLevel value) {
  switch (value) {
    case LogLevel::debug:
      return level::debug;
    case LogLevel::info:
      return level::info;
    case LogLevel::warning:
      return level::warn;
    case LogLevel::error:
      break;
  }
  return level::err;
}

/// Asked each time, because windows change; 80 when the terminal does not report it.
std::size_t terminal_columns() {
  winsize size = {};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

std::string without_control_characters(std::string_view text) {
  return escape_for_message(text, std::string_view::npos);
}

/// Standard error with a status line below the records. The mutex of the base class guards all of
/// it.
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ~StderrSink() override {
    if (!status_.empty()) put(std::string(kEraseLine));
  }

  bool is_terminal() const { return is_terminal_; }

  void set_status(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    if (!is_terminal_ || (text.empty() && status_.empty())) return;
    status_ = without_control_characters(text);
    put(str(kEraseLine, visible_status()));
  }

  /// A warning that goes past the logger, for a failure of the logger itself.
  void warn(std::string_view text) {
    const std::scoped_lock lock(mutex_);
    put_record(level::warn, text);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    put_record(message.level, {message.payload.data(), message.payload.size()});
  }
  void flush_() override {}  // standard error is not buffered

 private:
  /// One write for the record and the status line, so that lines of several processes do not mix.
  void put_record(level::level_enum record_level, std::string_view text) {
    const std::string_view erase = status_.empty() ? "" : kEraseLine;
    put(str(erase, prefix(record_level), text, "\n", visible_status()));
  }

  std::string prefix(level::level_enum record_level) const {
    switch (record_level) {
      case level::debug:
        return "debug: ";
      case level::warn:
        return has_colour_ ? "\x1b[1;33mwarning:\x1b[0m " : "warning: ";
      case level::err:
        return has_colour_ ? "\x1b[1;31merror:\x1b[0m " : "error: ";
      default:
        return "";
    }
  }

  /// One column stays free: a full line makes some terminals go to the next.
  std::string_view visible_status() const {
    return status_.empty() ? status_ : fitting(status_, terminal_columns() - 1);
  }

  /// A standard error that is closed or full is nobody's to report.
  static void put(const std::string& bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stderr); }

  const bool is_terminal_ = stderr_is_terminal();
  const bool has_colour_ = stderr_has_colour();
  std::string status_;
};

std::shared_ptr<spdlog::sinks::sink> make_file_sink(const std::filesystem::path& path) {
  try {
    constexpr bool kTruncate = false;
    auto sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(path.string(), kTruncate);
    sink->set_pattern("%Y-%m-%d %H:%M:%S [%l] %v");
    return sink;
  } catch (const spdlog::spdlog_ex& failure) {
    throw UserError(SourceSpot{path.string()}, str("cannot open the log file: ", failure.what()),
                    "choose a file that you have permission to write");
  }
}

class SpdlogLogger : public Logger {
 public:
  explicit SpdlogLogger(const LoggerOptions& options) {
    std::vector<spdlog::sink_ptr> sinks;
    if (options.to_stderr) {
      stderr_sink_ = std::make_shared<StderrSink>();
      sinks.push_back(stderr_sink_);
    }
    if (!options.file.empty()) sinks.push_back(make_file_sink(options.file));
    logger_ = std::make_unique<spdlog::logger>("regard", sinks.begin(), sinks.end());
    logger_->set_level(to_spdlog(options.level));
    logger_->flush_on(level::trace);
    logger_->set_error_handler([this](const std::string& text) { report_failure(text); });
    shows_status_ = stderr_sink_ && stderr_sink_->is_terminal() && options.level <= LogLevel::info;
  }

  void log(LogLevel record_level, std::string_view text) noexcept override {
    try {
      if (!logger_->should_log(to_spdlog(record_level))) return;
      for (const std::string& line : split(text, '\n')) {
        const std::string safe = without_control_characters(line);
        logger_->log(to_spdlog(record_level), spdlog::string_view_t(safe.data(), safe.size()));
      }
    } catch (...) {
      // Out of memory, say. A message is not worth the run.
    }
  }

  void status(std::string_view text) noexcept override {
    try {
      if (shows_status_) stderr_sink_->set_status(text);
    } catch (...) {
      // As above.
    }
  }

  bool shows_status() const noexcept override { return shows_status_; }

 private:
  /// spdlog hands over what a sink threw, on every line; the user needs it once.
  void report_failure(const std::string& text) {
    if (has_failed_.exchange(true) || !stderr_sink_) return;
    stderr_sink_->warn(without_control_characters(str("the log is incomplete: ", text)));
  }

  std::shared_ptr<StderrSink> stderr_sink_;
  std::unique_ptr<spdlog::logger> logger_;
  std::atomic<bool> has_failed_{false};
  bool shows_status_ = false;
};

class SilentLogger : public Logger {
 public:
  void log(LogLevel, std::string_view) noexcept override {}
  void status(std::string_view) noexcept override {}
  bool shows_status() const noexcept override { return false; }
};

}  // namespace

std::unique_ptr<Logger> make_logger(const LoggerOptions& options) {
  return std::make_unique<SpdlogLogger>(options);
}

std::unique_ptr<Logger> make_silent_logger() {
  return std::make_unique<SilentLogger>();
}

struct LimitedWarnings::Impl {
  Logger& logger;
  std::string kind;
  std::int64_t limit;
  std::atomic<std::int64_t> count{0};
};

LimitedWarnings::LimitedWarnings(Logger& logger, std::string_view kind, int limit)
    : impl_(new Impl{logger, std::string(kind), limit}) {}

LimitedWarnings::~LimitedWarnings() {
  const std::int64_t rest = impl_->count - impl_->limit;
  if (rest <= 0) return;
  try {
    impl_->logger.warning(str(impl_->kind, ": ", with_thousands(rest), " more"));
  } catch (...) {
    // No memory for the text; the warnings themselves were shown.
  }
}

void LimitedWarnings::warn(std::string_view text) {
  if (impl_->count.fetch_add(1) < impl_->limit) impl_->logger.warning(text);
}

}  // namespace regard
