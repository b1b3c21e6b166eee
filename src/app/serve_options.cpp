#include "serve_options.h"

#include "key_options.h"
#include "search_options.h"

namespace regard {
namespace {

void add_model_options(cli::Command& command, ServeArguments& a) {
  command
      .argument(
          "MODEL", a.models.models,
          "Model directories, or SOURCE-TARGET=MODEL to name the languages; A,B = an ensemble "
          "of both.")
      .folder("MODEL");
  command.option("--model", a.more_models, "The same, such as de-en=runs/de_en; may be repeated.")
      .called("SOURCE-TARGET=MODEL")
      .repeated();
  command
      .option("--pivot", a.models.pivots,
              "Translate through this language where no model does it directly; may be repeated.")
      .called("LANGUAGE")
      .repeated();
  command.flag("--on-demand", a.models.pool.is_on_demand,
               "Open a model for its first request instead of at the start.");
  command.flag("--alignments", a.models.has_alignments,
               "Answer requests for word alignments, which takes memory for a second copy of the "
               "weights.");
  command.option("--idle", a.idle_minutes,
                 "Close a model that nobody asked for so many minutes, and open it on demand; 0 = "
                 "never.",
                 config::between(0, 100000));
}

void add_access_options(cli::Command& command, ServeArguments& a) {
  command.heading_of_options = "Access";
  command
      .option("--host", a.http.host,
              "The address to listen on; 0.0.0.0 = all of the machine, for a proxy in front.")
      .called("ADDRESS");
  command.option("--port", a.http.port, "The port; 0 = any that is free.",
                 config::between(0, 65535));
  command.option("--api-keys", a.api_keys_file, "YAML file of API keys and their limits.").file();
  command.flag("--require-api-key", a.service.requires_key, "Refuse requests without a key.");
  command
      .option("--allow-origin", a.service.origins,
              "A web page that may use the server, such as https://example.org; * = all; may be "
              "repeated.")
      .called("ORIGIN")
      .repeated();
  command.option("--metrics-token", a.service.metrics_token, "Bearer token for /metrics.");
  command
      .option("--access-log", a.access_log_file, "A line of JSON per request; - = standard output.")
      .file();
  command.flag("--log-texts", a.service.logs_texts, "Also the texts of requests.");
  command.option("--suggestions", a.suggestions_file, "Where /suggest appends.").file();
}

void add_limit_options(cli::Command& command, ServeArguments& a) {
  command.heading_of_options = "Limits";
  command.option("--split", a.service.split, "What is translated at a time.");
  command.option("--char-limit", a.service.characters, "Characters of a request; 0 = no limit.",
                 config::between(0, 100000000));
  command.option("--batch-limit", a.service.texts, "Texts of a request; 0 = no limit.",
                 config::between(0, 1000000));
  command.option("--req-limit", a.service.requests_per_minute,
                 "Requests per minute of an address without a key; 0 = no limit.",
                 config::between(0, 1000000));
  command.option("--beam-limit", a.service.beam_size,
                 "The largest beam that a request may ask for.", config::between(1, 256));
  command.option("--alternatives-limit", a.service.alternatives,
                 "Translations of a sentence that a request may ask for.", config::between(1, 256));
  command.option("--request-time", a.request_seconds, "Seconds until a request is given up.",
                 config::between(1, 86400));
  command.option("--drain-time", a.drain_seconds,
                 "Seconds that accepted requests have when the server stops.",
                 config::between(0, 86400));
  command.option("--body-limit", a.body_kilobytes, "KiB of a request.",
                 config::between(1, 1048576));
  command.option("--connections", a.connections, "Connections at a time.",
                 config::between(1, 1000000));
  command.option("--queue", a.queued_sentences, "Sentences that wait at a time.",
                 config::between(1, 100000000));
  command.option("--window", a.window_microseconds,
                 "Microseconds that a batch waits at most for as many requests as the one before.",
                 config::between(0, 1000000));
}

}  // namespace

void add_serve_options(cli::Command& command, ServeArguments& a) {
  add_model_options(command, a);
  add_access_options(command, a);
  add_limit_options(command, a);
  add_search_options(command, a.models.search);
  add_computing_options(command, a.models.search);
  add_device(command, a.models.device);
}

}  // namespace regard
