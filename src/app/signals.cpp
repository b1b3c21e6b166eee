#include "signals.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <unistd.h>

#include "regard/core/strings.h"
#include "regard/core/terminal.h"

#include "command.h"

namespace regard {
namespace {

// A signal handler can reach nothing but globals. The flag lives as long as run_app(), the line
// as long as the program.
std::atomic<StopFlag*> active_stop_flag{nullptr};
std::atomic<const char*> stop_line{nullptr};
std::atomic<bool> erases_status{false};

/// What a handler may do: write(2) alone. Whether it succeeds is nobody's to report.
void put(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

extern "C" void on_signal(int number) {
  StopFlag* flag = active_stop_flag.load();
  if (flag == nullptr) return;
  if (number == SIGUSR1 || number == SIGHUP) {
    flag->request_save();
    return;
  }
  const int saved_error = errno;
  flag->request(number);
  // A second signal, of either kind, ends the program at once.
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (const char* line = stop_line.load()) {
    if (erases_status.load()) put("\r\x1b[K");
    put(line);
    put(number == SIGINT ? "; press Ctrl-C again to quit immediately\n" : "\n");
  }
  errno = saved_error;
}

}  // namespace

SignalTarget::SignalTarget(StopFlag& flag) {
  active_stop_flag = &flag;
}

SignalTarget::~SignalTarget() {
  active_stop_flag = nullptr;
}

void announce_stop(const char* line) {
  erases_status = stderr_is_terminal();
  stop_line = line;
}

void catch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGUSR1, on_signal);
}

void catch_reload_signal() {
  std::signal(SIGHUP, on_signal);
}

}  // namespace regard
