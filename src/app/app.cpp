#include "regard/app/app.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <iostream>

#include "regard/cli/parse.h"
#include "regard/config/config_error.h"
#include "regard/core/error.h"
#include "regard/core/error_report.h"
#include "regard/core/memory.h"
#include "regard/core/strings.h"
#include "regard/core/terminal.h"
#include "regard/core/version.h"
#include "regard/engine/parallel.h"

#include "command.h"
#include "edition.h"
#include "help.h"
#include "signals.h"
#include "text_output.h"

namespace regard {
namespace {

constexpr int kFailed = 1;
constexpr int kUserMustAct = 2;
constexpr const char* kOutOfMemory =
    "out of memory. Fix: use a smaller model, or lower training.batch_tokens or "
    "decoding.batch_tokens.";

void print_error(const std::string& what) {
  std::cerr << "error: " << escape_for_message(what, 900) << "\n";
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// All problems of a configuration, which a file of another kind has by the thousands, and ten of
/// other things. On a terminal, the lines of the configuration as well.
void print_lines(const Error& error) {
  constexpr std::size_t kMaxOfConfiguration = 1000;
  ErrorReportStyle style;
  style.has_colour = stderr_has_colour();
  if (dynamic_cast<const config::ConfigError*>(&error) != nullptr) {
    style.max_problems = kMaxOfConfiguration;
    style.shows_source = stderr_is_terminal();
  }
  for (const std::string& line : report_lines(error, style))
    std::cerr << line << "\n";
}

/// The exit code of what `action` does; what it throws is turned into lines and one of its own.
int attempt(const Edition& edition, const std::function<int()>& action) {
  try {
    return action();
  } catch (const Error& error) {
    print_lines(error);
    return error.kind() == ErrorKind::user ? kUserMustAct : kFailed;
  } catch (const std::exception& error) {
    print_error(edition.is_out_of_memory(error)
                    ? kOutOfMemory
                    : str("internal: ", first_line(edition.reason_of(error))));
  }
  return kFailed;
}

/// Every command has --threads, and all of them mean the same.
void add_threads(const std::vector<Command>& commands, std::int64_t& threads) {
  for (const Command& command : commands) {
    command.declared->heading_of_options = "Machine";
    command.declared->option(
        "--threads", threads,
        "CPU threads; 0 = OMP_NUM_THREADS, or the number of CPUs that this process may use.",
        config::between(0, 4096));
  }
}

std::vector<Command> add_commands(const Edition& edition, cli::Command& program,
                                  std::int64_t& threads) {
  std::vector<Command> commands = edition.add_commands(program);
  add_threads(commands, threads);
  for (Command& command : add_help_commands(program))
    commands.push_back(std::move(command));
  add_help_texts(program);
  return commands;
}

}  // namespace

int run_app(int argc, const char* const* argv, const Edition& edition) {
  tune_allocator();
  std::signal(
      SIGXFSZ,
      SIG_IGN);  // a file size limit becomes an error of write(), not the end of the program
  cli::Command program{
      "regard", "Trains attention-based sequence-to-sequence models, translates, and evaluates."};
  std::int64_t threads = 0;
  const std::vector<Command> commands = add_commands(edition, program, threads);
  const cli::Command* called = nullptr;
  const int failed = attempt(edition, [&] {
    if (argc > 1) edition.require_command(argv[1]);
    if (const auto text = cli::asked_text(
            program, str("regard ", program_version(), edition.note()), argc, argv)) {
      write_standard_output(*text);
      return 0;
    }
    called = &cli::parse(program, argc, argv);
    return 0;
  });
  if (called == nullptr) return failed;
  StopFlag stop;
  const SignalTarget target(stop);
  CommandContext context{stop, choose_threads(threads), edition.backend()};
  if (context.threads.count > 1) let_waiting_threads_sleep();
  edition.use_threads(context.threads.count);
  const auto is_called = [&](const Command& command) { return command.declared == called; };
  const auto found = std::find_if(commands.begin(), commands.end(), is_called);
  return attempt(edition, [&] { return found->action(context); });
}

}  // namespace regard
