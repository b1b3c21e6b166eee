#include "regard/app/app.h"

#include <csignal>
#include <iostream>
#include <optional>
#include <sstream>

#include <c10/util/Exception.h>

#include "regard/config/config_error.h"
#include "regard/core/error.h"
#include "regard/core/error_report.h"
#include "regard/core/strings.h"
#include "regard/core/terminal.h"
#include "regard/core/version.h"
#include "regard/tensor/device.h"
#include "regard/tensor/parallel.h"

#include "command.h"
#include "help.h"
#include "signals.h"
#include "text_output.h"
#include "usage.h"

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

/// Runs a command and turns what it throws into lines and an exit code.
int run_command(const CommandAction& action, CommandContext& context) {
  try {
    return action(context);
  } catch (const Error& error) {
    print_lines(error);
    return error.kind() == ErrorKind::user ? kUserMustAct : kFailed;
  } catch (const std::exception& error) {
    const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
    const std::string reason =
        of_torch != nullptr ? of_torch->what_without_backtrace() : error.what();
    print_error(is_out_of_memory(error) ? kOutOfMemory : str("internal: ", first_line(reason)));
  }
  return kFailed;
}

int print_text(const std::string& text) {
  try {
    write_standard_output(text);
  } catch (const RunError& failed) {
    print_error(failed.what());
    return kFailed;
  }
  return 0;
}

int parse_failed(const CLI::App& app, const CLI::ParseError& error, int argc,
                 const char* const* argv) {
  if (error.get_exit_code() == 0) {  // --help, --version: standard output
    std::ostringstream text;
    app.exit(error, text, text);
    return print_text(text.str());
  }
  print_error(usage_problem(app, argc, argv, error));
  return kUserMustAct;
}

/// Answers what asks for help in place of a command, and a command that is not there; nothing for
/// what is to be parsed and run.
std::optional<int> answer_at_once(const CLI::App& app, int argc, const char* const* argv) {
  if (const auto problem = command_problem(app, argc, argv)) {
    print_error(*problem);
    return kUserMustAct;
  }
  try {
    if (const auto text = asked_help(app, argc, argv)) return print_text(*text);
  } catch (const UserError& error) {
    print_lines(error);
    return kUserMustAct;
  }
  return std::nullopt;
}

std::vector<Command> add_commands(CLI::App& app) {
  std::vector<Command> commands = {
      add_init_command(app),   add_train_command(app),    add_translate_command(app),
      add_score_command(app),  add_evaluate_command(app), add_encode_command(app),
      add_decode_command(app), add_average_command(app),  add_info_command(app),
      add_attend_command(app), add_compare_command(app),  add_align_command(app)};
  for (const auto& add : {add_import_commands, add_export_commands, add_config_commands}) {
    for (Command& command : add(app))
      commands.push_back(std::move(command));
  }
  return commands;
}

/// Every command has --threads, and all of them mean the same.
void add_threads(const std::vector<Command>& commands, std::int64_t& threads) {
  for (const Command& command : commands) {
    command.app
        ->add_option("--threads", threads,
                     "CPU threads; 0 = OMP_NUM_THREADS, or as many as there are processors that "
                     "this process may use.")
        ->check(CLI::Range(0, 4096));
  }
}

}  // namespace

int run_app(int argc, const char* const* argv) {
  tune_allocator();
  std::signal(
      SIGXFSZ,
      SIG_IGN);  // a file size limit becomes an error of write(), not the end of the program
  CLI::App app("Trains attention-based sequence-to-sequence models, translates, and evaluates.",
               "regard");
  app.set_version_flag("-V,--version", "regard " + program_version());
  app.require_subcommand(1);
  std::vector<Command> commands;
  std::int64_t threads = 0;
  try {
    commands = add_commands(app);
    add_threads(commands, threads);
    add_help_command(app);
    add_help_texts(app);
    if (const auto code = answer_at_once(app, argc, argv)) return *code;
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, error, argc, argv);
  }
  StopFlag stop;
  const SignalTarget target(stop);
  CommandContext context{stop, choose_threads(threads)};
  if (context.threads.count > 1) let_waiting_threads_sleep();
  set_compute_threads(context.threads.count);
  int code = kFailed;
  for (const Command& command : commands) {
    if (command.app->parsed()) code = run_command(command.action, context);
  }
  return code;
}

}  // namespace regard
