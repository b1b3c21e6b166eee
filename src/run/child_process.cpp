#include "regard/run/child_process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "regard/core/descriptor.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr const char* kProgram = "/proc/self/exe";
constexpr int kCannotStart = 127;
constexpr int kPollMilliseconds = 100;
constexpr std::size_t kMaxErrors = 10;
constexpr std::size_t kMaxLine = 4096;  // a longer one is no message of ours

[[noreturn]] void fail(std::string_view action) {
  throw RunError(str("cannot ", action, ": ", std::strerror(errno)));
}

/// The reading end of a pipe from the child.
class Pipe {
 public:
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("open a pipe");
    read_ = Descriptor(ends[0]);
    write_ = Descriptor(ends[1]);
  }

  int reading() const { return is_open_ ? read_.get() : -1; }
  int writing() const { return write_.get(); }
  bool is_open() const { return is_open_; }
  void close_write() { write_.close(); }
  /// What there is to read; notices the end.
  std::string read_some() {
    std::array<char, 65536> buffer{};
    const ssize_t count = ::read(read_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) return "";
    if (count <= 0) is_open_ = false;
    return std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  }

 private:
  Descriptor read_;
  Descriptor write_;
  bool is_open_ = true;
};

/// Parts a stream into lines, and takes from them what a caller wants to know.
class ErrorStream {
 public:
  ErrorStream(ChildResult& result, const ChildOptions& options)
      : result_(result), options_(options) {}

  void add(std::string_view bytes) {
    for (const char c : bytes) {
      if (c == '\n') {
        end_line();
      } else if (line_.size() < kMaxLine) {
        line_ += c;
      }
    }
  }
  void end_line() {
    if (line_.empty()) return;
    constexpr std::string_view kMark = "error: ";
    if (line_.starts_with(kMark) && result_.errors.size() < kMaxErrors)
      result_.errors.push_back(line_.substr(kMark.size()));
    result_.last_line = line_;
    if (options_.on_line) options_.on_line(line_);
    line_.clear();
  }

 private:
  ChildResult& result_;
  const ChildOptions& options_;
  std::string line_;
};

/// Between fork and exec: only what is safe while other threads' locks may be held.
[[noreturn]] void become(char* const* arguments, int output, int errors, pid_t parent) {
  // A group of its own: Ctrl-C reaches this process alone, which hands it on, so that the child
  // does not see it twice and take the second for "at once".
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(kCannotStart);
  // A reader that died must not end a child that is saving; a request for a save may come early.
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGUSR1, SIG_IGN);
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const bool is_ready = ::dup2(nothing, STDIN_FILENO) >= 0 &&
                        ::dup2(output >= 0 ? output : nothing, STDOUT_FILENO) >= 0 &&
                        ::dup2(errors, STDERR_FILENO) >= 0;
  if (is_ready) ::execv(kProgram, arguments);
  ::_exit(kCannotStart);
}

pid_t start(const std::vector<std::string>& arguments, int output, int errors) {
  std::vector<std::string> texts = {"regard"};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) fail("start a process");
  if (child == 0) become(pointers.data(), output, errors, parent);
  return child;
}

/// Hands signals on to the child, each once.
class SignalRelay {
 public:
  SignalRelay(pid_t child, StopFlag& stop) : child_(child), stop_(stop) {}
  void poll() {
    if (stop_.take_save_request()) ::kill(child_, SIGUSR1);
    if (!stop_.is_requested() || was_sent_) return;
    was_sent_ = true;
    ::kill(child_, stop_.signal_number());
  }

 private:
  pid_t child_;
  StopFlag& stop_;
  bool was_sent_ = false;
};

void wait_for(pid_t child, ChildResult& result) {
  int status = 0;
  rusage usage = {};
  pid_t waited = -1;
  do {
    waited = ::wait4(child, &status, 0, &usage);
  } while (waited < 0 && errno == EINTR);
  if (waited < 0) fail("wait for a process");
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.peak_bytes = static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, const ChildOptions& options,
                      StopFlag& stop) {
  ChildResult result;
  Pipe output;
  Pipe errors;
  const pid_t child =
      start(arguments, options.keeps_output ? output.writing() : -1, errors.writing());
  output.close_write();
  errors.close_write();
  SignalRelay relay(child, stop);
  ErrorStream lines(result, options);
  while (output.is_open() || errors.is_open()) {
    relay.poll();
    std::array<pollfd, 2> waiting = {
        {{output.reading(), POLLIN, 0}, {errors.reading(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), kPollMilliseconds) <= 0) continue;
    if (waiting[0].revents != 0) result.output += output.read_some();
    if (waiting[1].revents != 0) lines.add(errors.read_some());
  }
  lines.end_line();
  wait_for(child, result);
  return result;
}

}  // namespace regard
