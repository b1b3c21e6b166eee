#include <memory>

#include "regard/run/text_translation.h"

#include "command.h"
#include "detail_options.h"
#include "key_options.h"
#include "search_options.h"
#include "signals.h"

namespace regard {
namespace {

int run(const TextTranslationOptions& options, CommandContext& context) {
  const auto logger = make_logger({});
  const TranslationWatch watch{*logger, context.stop, [] {
                                 announce_stop("stopping");
                                 catch_signals();
                               }};
  return translate_text(options, context.backend, watch) ? 0 : 128 + context.stop.signal_number();
}

/// What goes in and comes out.
void add_text_options(cli::Command& command, TextTranslationOptions& a) {
  command
      .argument("MODEL", a.model,
                "A model directory, or a checkpoint inside one; A,B = an ensemble of both.")
      .folder("MODEL")
      .required();
  command.option("--input", a.input, "Text, one sentence per line; standard input if not given.")
      .file();
  command.flag("--split", a.splits_sentences,
               "Translate the sentences of each line one by one, and keep the white space between "
               "them.");
  command.flag("--strict", a.is_strict, "Treat invalid UTF-8 as an error instead of replacing it.");
  command.heading_of_options = "Output";
  command.option("--output", a.output, "Standard output if not given.").file();
  command.option("--n-best", a.num_best,
                 "Write the N best translations of each line, in Moses format.",
                 config::between(1, 256));
  command.flag("--scores", a.has_scores,
               "Write the score (with length penalty) and a tab before each line.");
  add_detail_options(command, a);
}

}  // namespace

Command add_translate_command(cli::Command& program) {
  cli::Command& command = program.add_command("translate", "Translate text, line by line.");
  auto a = std::make_shared<TextTranslationOptions>();
  add_text_options(command, *a);
  add_search_options(command, a->search);
  command
      .option("--prefix", a->prefix,
              "Forced beginnings of the translations, one per line; blank = none.")
      .file();
  add_computing_options(command, a->search);
  command.flag("--reference", a->search.uses_reference,
               "Compute with LibTorch's general operations instead of packed weights: slower, for "
               "comparisons.");
  add_device(command, a->device);
  command.flag("--profile", a->is_profiled,
               "Show where time and memory went, and write it next to the output, or to "
               "regard.profile.json, for ui.perfetto.dev and chrome://tracing.");
  return {&command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
