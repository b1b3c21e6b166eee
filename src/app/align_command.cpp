#include <memory>

#include "regard/core/strings.h"
#include "regard/run/word_alignment.h"

#include "command.h"
#include "signals.h"

namespace regard {
namespace {

struct AlignArguments : WordAlignmentOptions {
  std::string how = "grow-diag-final-and";  ///< symmetrization, by its name
};

int run(const AlignArguments& arguments, CommandContext& context) {
  WordAlignmentOptions options = arguments;
  options.symmetrization = parse_symmetrization(arguments.how);
  options.threads = context.threads.count;
  const auto logger = make_logger({});
  const AlignmentWatch watch{*logger, context.stop, [] {
                               announce_stop("stopping");
                               catch_signals();
                             }};
  return align_texts(options, watch) ? 0 : 128 + context.stop.signal_number();
}

void declare_results(cli::Command& command, AlignArguments& a) {
  command.heading_of_options = "Output";
  command
      .option("--output", a.output,
              "The links of both directions, combined; standard output if not given.")
      .file();
  command
      .option("--symmetrize", a.how,
              "How the two directions are combined: intersect has the fewest and surest links, "
              "union the most; the others grow from the first towards the second.",
              config::one_of(symmetrization_names()))
      .called(join(symmetrization_names(), "|"));
  command
      .option("--forward-output", a.forward_output,
              "Also the links of the direction in which the source generates the target.")
      .file();
  command.option("--reverse-output", a.reverse_output, "Also the links of the opposite direction.")
      .file();
  command.option("--unit", a.unit,
                 "word: 0-2 links the first source word with the third target word; byte: 0:3-7:12 "
                 "gives where they begin and end in their lines.");
  command
      .option("--lexicon", a.lexicon,
              "Write lexical probabilities, counted from the links: PREFIX.s2t and PREFIX.t2s, in "
              "the format of Moses and Marian (target source probability).")
      .file("PREFIX");
  command.option("--lexicon-size", a.lexicon_size,
                 "Translations kept per word, the most probable ones; 0 = all.",
                 config::between(0, 1000000));
  command
      .option("--gold", a.gold,
              "Links made by people, one line per pair, 1p2 or 1?2 for possible ones: report the "
              "alignment error rate.")
      .file();
}

void declare_training(cli::Command& command, AlignArguments& a) {
  command.heading_of_options = "Training";
  command.flag("--exact", a.is_exact,
               "Use words exactly as they are, for subwords. Otherwise upper case, and punctuation "
               "at the ends of words, are ignored.");
  command
      .option("--resume", a.resume,
              "Save what was learned to this file after each pass. Run the same command again to "
              "resume; once all passes are done, it only writes links.")
      .file();
  command.option("--memory", a.memory,
                 "MiB for the table of word pairs (42 bytes each); beyond it, pairs that rarely "
                 "occur together are left out. 0 = no limit.",
                 config::between(0, 16777216));
  command.option("--max-words", a.max_words,
                 "Pairs with a longer line get no links and are not used for training.",
                 config::between(1, 5000));
}

}  // namespace

Command add_align_command(cli::Command& program) {
  cli::Command& command =
      program.add_command("align", "Align the words of two texts: one line of links per pair.");
  auto a = std::make_shared<AlignArguments>();
  command.option("--source", a->source, "Source text; - = standard input.").file().required();
  command.option("--target", a->target, "Its translation, line by line; - = standard input.")
      .file()
      .required();
  declare_results(command, *a);
  declare_training(command, *a);
  return {&command, [a](CommandContext& context) { return run(*a, context); }};
}

}  // namespace regard
