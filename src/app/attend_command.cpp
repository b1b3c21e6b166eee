#include <memory>

#include "regard/run/attention_report.h"

#include "command.h"
#include "key_options.h"

namespace regard {
namespace {

int run(const AttentionReportOptions& options) {
  const auto logger = make_logger({});
  const AttentionReport report = report_attention(options, *logger);
  logger->info(to_text(report.summary));
  if (report.error) logger->info(to_text(*report.error));
  return 0;
}

void add_options(cli::Command& command, AttentionReportOptions& a) {
  add_model(command, a.model);
  command.option("--source", a.source, "Source text, one sentence per line.").file().required();
  command.option("--target", a.target, "Translations to force; the model's own if not given.")
      .file();
  command
      .option("--output", a.output,
              "NAME.html = an interactive page, NAME.svg = a picture of one map, NAME.json or "
              "nothing = numbers, one line per sentence.")
      .file();
  command
      .option("--gold", a.gold,
              "Gold word links, one line per sentence (0-0 1-2, possible ones 1?2): reports the "
              "alignment error rate.")
      .file();
  command.option("--alignment-unit", a.unit,
                 "Unit of links and pictures: word = the words of the text as given, separated by "
                 "white space; piece = the subwords of the vocabulary.");
  command
      .option("--map", a.map,
              "The attention of the picture and the statistics, such as encoder.0.self_attention; "
              "the decoder's last cross-attention if not given.")
      .called("NAME");
  command.option("--head", a.head, "Its head, numbered from 0; the mean of all if not given.",
                 config::between(0, 1023));
  command.option("--line", a.line, "The line to show in the picture, numbered from 1.",
                 config::between(1, 1000000000));
  command.option("--lines", a.lines, "Use only the first N lines of the text; 0 = all.",
                 config::between(0, 1000000000));
  add_device(command, a.device);
}

}  // namespace

Command add_attend_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "attend", "Show the attention of a model: as a page, a picture or numbers.");
  auto a = std::make_shared<AttentionReportOptions>();
  add_options(command, *a);
  return {&command, [a](CommandContext&) { return run(*a); }};
}

}  // namespace regard
