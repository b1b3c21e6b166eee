#include "regard/app/app.h"

#include <atomic>
#include <csignal>
#include <iostream>
#include <sstream>

#include <c10/util/Exception.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/device.h"
#include "regard/tensor/parallel.h"

#include "command.h"
#include "text_output.h"

#ifndef REGARD_VERSION
#define REGARD_VERSION "unknown"
#endif

namespace regard {
namespace {

constexpr int kFailed = 1;
constexpr int kUserMustAct = 2;
constexpr const char* kOutOfMemory =
    "out of memory. Fix: use a smaller model, or lower training.batch_tokens or "
    "decoding.batch_tokens.";

// A signal handler can reach nothing but a global; this one lives as long as run_app().
std::atomic<StopFlag*> active_stop_flag{nullptr};

extern "C" void on_signal(int number) {
  StopFlag* flag = active_stop_flag.load();
  if (flag == nullptr) return;
  if (number == SIGUSR1) {
    flag->request_save();
    return;
  }
  flag->request(number);
  // A second signal, of either kind, ends the program at once.
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

void print_error(const std::string& what) {
  std::cerr << "error: " << escape_for_message(what, 900) << "\n";
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// Runs a command and turns what it throws into lines and an exit code.
int run_command(const CommandAction& action, CommandContext& context) {
  try {
    return action(context);
  } catch (const Error& error) {
    for (const std::string& line : error_lines(error))
      std::cerr << line << "\n";
    return error.kind() == ErrorKind::user ? kUserMustAct : kFailed;
  } catch (const std::exception& error) {
    const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
    const std::string reason =
        of_torch != nullptr ? of_torch->what_without_backtrace() : error.what();
    print_error(is_out_of_memory(error) ? kOutOfMemory : str("internal: ", first_line(reason)));
  }
  return kFailed;
}

/// Where the command line was understood to: "regard config", and the argument after that, if any.
struct ParsedTo {
  const CLI::App* app = nullptr;
  std::string path = "regard";
  std::string next;
};

ParsedTo parsed_to(const CLI::App& app, int argc, const char* const* argv) {
  ParsedTo result;
  result.app = &app;
  int depth = 1;
  while (!result.app->get_subcommands().empty()) {
    result.app = result.app->get_subcommands().front();
    result.path += " " + result.app->get_name();
    ++depth;
  }
  if (depth < argc) result.next = argv[depth];
  return result;
}

/// CLI11 says only that a subcommand is missing when the given one is unknown.
std::string parse_problem(const ParsedTo& to, const CLI::ParseError& error) {
  std::vector<std::string> names;
  for (const CLI::App* command : to.app->get_subcommands({}))
    names.push_back(command->get_name());
  if (names.empty() || to.next.empty()) return first_line(error.what());
  constexpr std::size_t kShown = 100;
  const std::string shown = escape_for_message(to.next, kShown);
  if (to.next.starts_with("-")) return str("unknown option '", shown, "'");
  const std::string likely = to.next.size() < kShown ? nearest(to.next, names) : "";
  return str("unknown command '", shown, "'",
             likely.empty() ? "" : str(", did you mean ", likely, "?"));
}

int parse_failed(const CLI::App& app, const CLI::ParseError& error, int argc,
                 const char* const* argv) {
  const ParsedTo to = parsed_to(app, argc, argv);
  if (error.get_exit_code() == 0) {  // --help, --version: standard output
    std::ostringstream text;
    app.exit(error, text, text);
    try {
      write_standard_output(text.str());
    } catch (const RunError& failed) {
      print_error(failed.what());
      return kFailed;
    }
    return 0;
  }
  const std::string problem = parse_problem(to, error);
  print_error(str(problem, problem.ends_with('?') || problem.ends_with('.') ? "" : ".",
                  " Fix: see ", to.path, " --help."));
  return kUserMustAct;
}

std::vector<Command> add_commands(CLI::App& app) {
  std::vector<Command> commands = {add_train_command(app),   add_translate_command(app),
                                   add_score_command(app),   add_evaluate_command(app),
                                   add_encode_command(app),  add_decode_command(app),
                                   add_average_command(app), add_info_command(app),
                                   add_attend_command(app),  add_compare_command(app)};
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
  app.set_version_flag("--version", std::string("regard ") + REGARD_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Start with:  regard train configs/quickstart.yaml\n"
      "             regard translate runs/quickstart < input.de > output.en");
  std::vector<Command> commands;
  std::int64_t threads = 0;
  try {
    commands = add_commands(app);
    add_threads(commands, threads);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_failed(app, error, argc, argv);
  }
  StopFlag stop;
  active_stop_flag = &stop;
  CommandContext context{stop, choose_threads(threads)};
  if (context.threads.count > 1) let_waiting_threads_sleep();
  set_compute_threads(context.threads.count);
  int code = kFailed;
  for (const Command& command : commands) {
    if (command.app->parsed()) code = run_command(command.action, context);
  }
  active_stop_flag = nullptr;
  return code;
}

void catch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  std::signal(SIGUSR1, on_signal);
}

}  // namespace regard
