#include <algorithm>
#include <csignal>
#include <memory>

#include "command.h"
#include "serve_options.h"
#include "signals.h"

namespace regard {
namespace {

std::chrono::milliseconds seconds(std::int64_t count) {
  return std::chrono::seconds(count);
}

int run(ServeArguments a, CommandContext& context) {
  a.models.models.insert(a.models.models.end(), a.more_models.begin(), a.more_models.end());
  const auto threads = static_cast<std::int64_t>(context.threads.count);
  const std::int64_t workers =
      a.models.search.workers.is_auto() ? threads : a.models.search.workers.value;
  a.models.threads = static_cast<int>(std::max<std::int64_t>(1, threads / workers));
  a.models.pool.idle = seconds(60 * a.idle_minutes);
  a.models.pool.is_on_demand = a.models.pool.is_on_demand || a.idle_minutes > 0;
  a.scheduling.workers = static_cast<std::size_t>(workers);
  a.scheduling.window = std::chrono::microseconds(a.window_microseconds);
  a.scheduling.queued_sentences = static_cast<std::size_t>(a.queued_sentences);
  a.http.body_bytes = static_cast<std::size_t>(a.body_kilobytes) << 10;
  a.http.connections = static_cast<std::size_t>(a.connections);
  a.service.request_time = seconds(a.request_seconds);
  a.service.access_log = a.access_log_file;
  a.service.suggestions = a.suggestions_file;
  a.api_keys = a.api_keys_file;
  a.drain_time = seconds(a.drain_seconds);
  const auto logger = make_logger({});
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the access log that goes away ends nothing
  serve(a, context.backend, {*logger, context.stop, [] {
                               announce_stop("stopping after the requests that were accepted");
                               catch_signals();
                               catch_reload_signal();
                             }});
  return 128 + context.stop.signal_number();
}

}  // namespace

Command add_serve_command(cli::Command& program) {
  cli::Command& command = program.add_command("serve", "Answer requests over HTTP.");
  auto a = std::make_shared<ServeArguments>();
  add_serve_options(command, *a);
  return {&command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
