#include "regard/core/logger.h"

#include <fcntl.h>
#include <map>
#include <optional>
#include <stdexcept>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "core/environment_variable.h"
#include "core/file_support.h"

namespace regard {
namespace {

using test::slurp;
using test::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

/// What standard error receives while `body` runs.
template <class Body>
std::string captured(Body body) {
  ::testing::internal::CaptureStderr();
  body();
  return ::testing::internal::GetCapturedStderr();
}

TEST(Logger, PrintsInfoPlainAndPrefixesTheRest) {
  const std::string out = captured([] {
    const auto logger = make_logger({LogLevel::debug, true, ""});
    logger->debug("d");
    logger->info("i");
    logger->warning("w");
    logger->error("e");
  });
  EXPECT_EQ(out, "debug: d\ni\nwarning: w\nerror: e\n");
}

TEST(Logger, DropsWhatIsBelowItsLevel) {
  const auto logged_at = [](LogLevel level) {
    return captured([&] {
      const auto logger = make_logger({level, true, ""});
      logger->debug("d");
      logger->info("i");
      logger->warning("w");
      logger->error("e");
    });
  };
  EXPECT_EQ(logged_at(LogLevel::info), "i\nwarning: w\nerror: e\n");
  EXPECT_EQ(logged_at(LogLevel::error), "error: e\n");
}

TEST(Logger, ShowsNoStatusWithoutATerminal) {
  const std::string out = captured([] {
    const auto logger = make_logger({});
    EXPECT_FALSE(logger->shows_status());
    logger->status("42 %");
    logger->info("line");
    logger->status("");
  });
  EXPECT_EQ(out, "line\n");
}

TEST(Logger, EscapesControlCharactersAndSplitsLines) {
  const std::string out = captured([] {
    const auto logger = make_logger({});
    logger->warning("a\x1b[2Jb\r\nc\xff");
    logger->info("{} %s {0}");
  });
  EXPECT_EQ(out, "warning: a\\x1b[2Jb\\x0d\nwarning: c\\xff\n{} %s {0}\n");
}

TEST(Logger, AppendsTimeStampedLinesToAFile) {
  const TemporaryFolder folder;
  const auto path = folder / "train.log";
  const std::string out = captured([&] {
    for (int run = 0; run < 2; ++run) {
      const auto logger = make_logger({LogLevel::info, false, path});
      logger->info(str("run ", run));
      EXPECT_THAT(slurp(path), HasSubstr(str("run ", run, "\n"))) << "flushed at once";
      logger->warning("w");
      logger->error("e");
      logger->debug("hidden");
    }
  });
  EXPECT_EQ(out, "");
  const auto lines = split(slurp(path), '\n');
  ASSERT_EQ(lines.size(), 7u);
  const std::string time = "20[0-9][0-9]-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-6][0-9]";
  EXPECT_THAT(lines[0], MatchesRegex(time + " \\[info\\] run 0"));
  EXPECT_THAT(lines[1], MatchesRegex(time + " \\[warning\\] w"));
  EXPECT_THAT(lines[2], MatchesRegex(time + " \\[error\\] e"));
  EXPECT_THAT(lines[3], MatchesRegex(time + " \\[info\\] run 1"));
}

TEST(Logger, ReportsAFullDiskOnceAndGoesOn) {
  const std::string out = captured([] {
    const auto logger = make_logger({LogLevel::info, true, "/dev/full"});
    for (int i = 0; i < 3; ++i)
      logger->info("line");
  });
  const auto lines = split(out, '\n');
  ASSERT_EQ(lines.size(), 5u) << out;
  EXPECT_EQ(lines[0], "line");
  EXPECT_THAT(lines[1], AllOf(HasSubstr("warning: the log is incomplete"), HasSubstr("/dev/full"),
                              HasSubstr("No space left on device")));
  EXPECT_EQ(lines[2] + lines[3], "lineline");
  EXPECT_EQ(captured([] { make_logger({LogLevel::info, false, "/dev/full"})->info("line"); }), "");
}

TEST(Logger, RefusesAFileThatCannotBeOpened) {
  const TemporaryFolder folder;
  try {
    make_logger({LogLevel::info, false, folder.path()});
    FAIL() << "a folder was accepted";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("cannot open the log file"),
                                    HasSubstr(folder.path().string()), HasSubstr("directory")));
  }
}

TEST(Logger, KeepsLinesOfThreadsWhole) {
  const TemporaryFolder folder;
  const auto path = folder / "log";
  constexpr int kThreads = 4, kLines = 300;
  const std::string out = captured([&] {
    const auto logger = make_logger({LogLevel::info, true, path});
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kLines; ++i) {
          logger->status("busy");
          logger->info(std::string(60, static_cast<char>('a' + t)));
        }
      });
    }
    for (auto& thread : threads)
      thread.join();
  });
  std::map<std::string, int> counts;
  for (const auto& line : split(out, '\n'))
    ++counts[line];
  EXPECT_EQ(counts.size(), kThreads + 1u) << "the last one is the empty rest";
  for (int t = 0; t < kThreads; ++t) {
    EXPECT_EQ(counts[std::string(60, static_cast<char>('a' + t))], kLines);
  }
  EXPECT_EQ(split(slurp(path), '\n').size(), kThreads * kLines + 1u);
}

/// Makes standard error a terminal of the given width.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) {
    std::fflush(stderr);
    master_ = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master_ < 0) throw std::runtime_error("this test needs pseudo-terminals (/dev/pts)");
    ::grantpt(master_);
    ::unlockpt(master_);
    const int slave = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    termios settings = {};
    ::tcgetattr(slave, &settings);
    ::cfmakeraw(&settings);
    ::tcsetattr(slave, TCSANOW, &settings);
    const winsize size = {24, columns, 0, 0};
    ::ioctl(slave, TIOCSWINSZ, &size);
    ::dup2(slave, STDERR_FILENO);
    ::close(slave);
    ::fcntl(master_, F_SETFL, O_NONBLOCK);
  }
  ~Terminal() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::close(master_);
  }

  /// What was drawn since the last time, with ESC as "<".
  std::string drawn() {
    char buffer[4096];
    const ssize_t count = ::read(master_, buffer, sizeof buffer);
    std::string text(buffer, static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    std::replace(text.begin(), text.end(), '\x1b', '<');
    return text;
  }

 private:
  int saved_ = ::dup(STDERR_FILENO);
  int master_ = -1;
};

TEST(StatusLine, IsRedrawnBelowTheRecords) {
  const test::EnvironmentVariable term("TERM", "xterm"), colour("NO_COLOR", nullptr);
  Terminal terminal(20);
  auto logger = make_logger({});
  EXPECT_TRUE(logger->shows_status());
  logger->status("10 %");
  EXPECT_EQ(terminal.drawn(), "\r<[K10 %");
  logger->info("line");
  EXPECT_EQ(terminal.drawn(), "\r<[Kline\n10 %");
  logger->warning("odd");
  EXPECT_EQ(terminal.drawn(), "\r<[K<[1;33mwarning:<[0m odd\n10 %");
  logger->status("");
  EXPECT_EQ(terminal.drawn(), "\r<[K");
  logger->status("");
  EXPECT_EQ(terminal.drawn(), "") << "nothing to clear";
  logger->error("bad");
  EXPECT_EQ(terminal.drawn(), "<[1;31merror:<[0m bad\n");
  logger->status("99 %");
  terminal.drawn();
  logger.reset();
  EXPECT_EQ(terminal.drawn(), "\r<[K") << "cleared at the end";
}

TEST(StatusLine, IsCutToTheWidthOfTheTerminal) {
  const test::EnvironmentVariable term("TERM", "xterm");
  Terminal terminal(10);
  const auto logger = make_logger({});
  logger->status("0123456789abc");
  EXPECT_EQ(terminal.drawn(), "\r<[K012345678") << "one column stays free";
  logger->status("äöüäöüäöüäöü");
  EXPECT_EQ(terminal.drawn(), "\r<[Käöüäöüäöü");
  logger->status("你好你好你好");
  EXPECT_EQ(terminal.drawn(), "\r<[K你好你好") << "two columns each";
  logger->status("a\nb");
  EXPECT_EQ(terminal.drawn(), "\r<[Ka\\x0ab") << "it stays one line";
}

TEST(StatusLine, NeedsATerminalThatUnderstandsIt) {
  Terminal terminal(20);
  {
    const test::EnvironmentVariable term("TERM", "dumb");
    EXPECT_FALSE(make_logger({})->shows_status());
    make_logger({})->warning("w");
    EXPECT_EQ(terminal.drawn(), "warning: w\n");
  }
  const test::EnvironmentVariable term("TERM", "xterm");
  EXPECT_FALSE(make_logger({LogLevel::warning, true, ""})->shows_status()) << "quiet";
  EXPECT_FALSE(make_logger({LogLevel::info, false, ""})->shows_status());
  const test::EnvironmentVariable colour("NO_COLOR", "1");
  make_logger({})->warning("w");
  EXPECT_EQ(terminal.drawn(), "warning: w\n");
}

TEST(SilentLogger, SaysNothing) {
  EXPECT_EQ(captured([] {
              const auto logger = make_silent_logger();
              logger->error("e");
              logger->status("s");
              EXPECT_FALSE(logger->shows_status());
            }),
            "");
}

/// Keeps what it is given.
class RecordingLogger : public Logger {
 public:
  void log(LogLevel level, std::string_view text) noexcept override {
    EXPECT_EQ(level, LogLevel::warning);
    texts.emplace_back(text);
  }
  void status(std::string_view) noexcept override {}
  bool shows_status() const noexcept override { return false; }

  std::vector<std::string> texts;
};

TEST(LimitedWarnings, PassesAFewAndCountsTheRest) {
  RecordingLogger logger;
  {
    LimitedWarnings warnings(logger, "invalid UTF-8", 2);
    for (int i = 0; i < 1236; ++i)
      warnings.warn(str("line ", i));
    EXPECT_THAT(logger.texts, ElementsAre("line 0", "line 1"));
  }
  EXPECT_THAT(logger.texts, ElementsAre("line 0", "line 1", "invalid UTF-8: 1,234 more"));
}

TEST(LimitedWarnings, SaysNothingMoreWithinTheLimit) {
  RecordingLogger logger;
  { LimitedWarnings warnings(logger, "kind"); }
  EXPECT_THAT(logger.texts, IsEmpty());
  {
    LimitedWarnings warnings(logger, "kind");
    for (int i = 0; i < 5; ++i)
      warnings.warn("w");
  }
  EXPECT_EQ(logger.texts.size(), 5u);
}

}  // namespace
}  // namespace regard
