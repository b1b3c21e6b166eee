#include <memory>
#include <string>

#include "regard/core/strings.h"
#include "regard/run/scoring.h"

#include "command.h"
#include "detail_options.h"
#include "key_options.h"

namespace regard {
namespace {

struct ScoreArguments : ScoringOptions {
  std::string penalty = "none";
  bool is_normalized = false;
};

int run(const ScoreArguments& arguments, const ModelBackend& backend) {
  const auto logger = make_logger({});
  ScoringOptions options = arguments;
  options.length_penalty =
      parse_length_penalty(arguments.is_normalized ? "average:1.0" : arguments.penalty);
  const ScoringSummary summary = score_translations(options, backend, *logger);
  logger->info(str("perplexity ", format_fixed(summary.perplexity, 4), " over ",
                   with_thousands(static_cast<std::int64_t>(summary.subwords)), " subwords of ",
                   summary.pairs, " pairs"));
  return 0;
}

void add_options(cli::Command& command, ScoreArguments& a) {
  add_model(command, a.model);
  command.option("--source", a.source, "Source text; - = standard input.").file().required();
  command.option("--target", a.target, "Its translation, line by line; - = standard input.").file();
  command
      .option("--n-best", a.n_best,
              "Instead of --target: an n-best list in Moses format. It is written back with this "
              "model's log-probability as an additional feature and as score.")
      .file();
  command.option("--output", a.output, "Standard output if not given.").file();
  add_value_like_key(command, "--length-penalty", "decoding.length_penalty", a.penalty)
      .called("none|average:A|gnmt:A");
  command
      .flag("--normalize", a.is_normalized,
            "Divide by the number of subwords; same as --length-penalty average:1.0.")
      .excludes("--length-penalty");
  command.flag("--rerank", a.is_reranked,
               "Sort the translations of each sentence in the n-best list by the new score.");
  command.heading_of_options = "Details";
  add_detail_options(command, a);
  command.heading_of_options = "Machine";
  add_device(command, a.device);
}

}  // namespace

Command add_score_command(cli::Command& program) {
  cli::Command& command =
      program.add_command("score", "Score given translations: one log-probability per pair.");
  auto a = std::make_shared<ScoreArguments>();
  add_options(command, *a);
  return {&command, [a](CommandContext& context) { return run(*a, context.backend); }};
}

}  // namespace regard
