#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "regard/align/aligner.h"
#include "regard/align/lexicon.h"
#include "regard/align/symmetrize.h"
#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/text_input.h"

#include "command.h"
#include "link_writer.h"
#include "signals.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

struct AlignArguments : LinkFiles {
  std::string symmetrization = "grow-diag-final-and";
  std::string unit_name = "word";
  std::string lexicon;
  std::int64_t lexicon_size = 100;
  std::string gold;
  std::string resume;
  std::int64_t memory = 4096;  // MiB
  std::int64_t max_words = 500;
  bool is_exact = false;
  AlignOptions model;
};

LinkUnit unit_of(const std::string& name) {
  return name == "byte" ? LinkUnit::byte : LinkUnit::word;
}

void check_arguments(const AlignArguments& a) {
  require_one_standard_input({{"--source", a.source}, {"--target", a.target}, {"--gold", a.gold}});
  if (unit_of(a.unit_name) == LinkUnit::byte && (a.source == "-" || a.target == "-"))
    throw UserError("--unit byte reads the texts twice: standard input cannot be one of them",
                    "give files");
}

LineReader open_text(const std::string& path, const StopFlag& stop) {
  LineReaderOptions options;
  options.stop = &stop;
  if (path == "-") return LineReader(0, name_of_text(path), options);
  return LineReader(path, options);
}

/// Gold links for the command's texts, one line for each pair.
std::vector<GoldLinks> read_gold(const AlignArguments& a, const ParallelText& text,
                                 Logger& logger) {
  std::vector<SentenceWords> words;
  for (std::int64_t i = 0; i < text.num_pairs(); ++i)
    words.push_back({std::ssize(text.source.line(i)), std::ssize(text.target.line(i))});
  return parse_gold_file(read_given_text(a.gold, logger), name_of_text(a.gold), words);
}

/// Says where a pass is, with its rate and the time that is left of all of them.
class PassReport {
 public:
  PassReport(Logger& logger, int num_passes_before)
      : logger_(logger), skipped_(num_passes_before) {}

  void show(const AlignProgress& progress) {
    if (!logger_.shows_status() || shown_.seconds() < kEvery) return;
    shown_ = Stopwatch();
    const double seconds = total_.seconds();
    const auto pairs = static_cast<double>(progress.num_pairs);
    const double done =
        pairs * (progress.pass - 1 - skipped_) + static_cast<double>(progress.num_done);
    const double left = pairs * (progress.num_passes - skipped_) - done;
    const double rate = done / std::max(seconds, 1e-3);
    logger_.status(str("pass ", progress.pass, " of ", progress.num_passes, " (", progress.model,
                       "): ", with_thousands(progress.num_done), " of ",
                       with_thousands(progress.num_pairs), " pairs, ",
                       with_thousands(static_cast<std::int64_t>(rate)), " pairs/s, ",
                       format_duration(left / std::max(rate, 1e-3)), " left"));
  }

 private:
  static constexpr double kEvery = 0.2;  // seconds

  Logger& logger_;
  int skipped_;
  Stopwatch total_;
  Stopwatch shown_;
};

/// All passes that are left; false when a signal ended them.
bool train(const AlignArguments& a, Aligner& aligner, Logger& logger, const StopFlag& stop) {
  if (!a.resume.empty() && aligner.restore(a.resume)) {
    logger.info(str("resuming from ", a.resume, ": ", aligner.num_passes_done(), " of ",
                    aligner.num_passes(), " passes done"));
  }
  PassReport report(logger, aligner.num_passes_done());
  while (aligner.num_passes_done() < aligner.num_passes()) {
    const Stopwatch pass;
    std::string model;
    const bool is_done = aligner.run_pass(&stop, [&](const AlignProgress& progress) {
      model = progress.model;
      report.show(progress);
    });
    logger.status("");
    if (!is_done) return false;
    logger.info(str("pass ", aligner.num_passes_done(), " of ", aligner.num_passes(), " (", model,
                    "): ", format_fixed(aligner.forward_entropy(), 3), " and ",
                    format_fixed(aligner.reverse_entropy(), 3), " bits per word, ",
                    format_fixed(pass.seconds(), 1), " s"));
    if (!a.resume.empty()) aligner.save(a.resume);
  }
  return true;
}

/// What is made of the links besides their lines.
struct LinkUses {
  std::vector<GoldLinks> gold;
  AlignmentErrorAccumulator error;
  Lexicon lexicon;
};

/// Writes the links of all pairs; false when a signal ended it.
bool write_links(const AlignArguments& a, const ParallelText& text, const Aligner& aligner,
                 LinkUses& uses, LinkWriter& writer, const StopFlag& stop) {
  constexpr std::int64_t kAtOnce = 4096;
  const Symmetrization how = parse_symmetrization(a.symmetrization);
  for (std::int64_t begin = 0; begin < text.num_pairs(); begin += kAtOnce) {
    if (stop.is_requested()) return false;
    const std::int64_t count = std::min(kAtOnce, text.num_pairs() - begin);
    const std::vector<DirectedLinks> directed = aligner.links(begin, count);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto source = text.source.line(begin + i);
      const auto target = text.target.line(begin + i);
      const Links links = symmetrize(directed[i].forward, directed[i].reverse,
                                     {std::ssize(source), std::ssize(target)}, how);
      if (!a.lexicon.empty()) uses.lexicon.add(source, target, links);
      if (!uses.gold.empty()) uses.error.add(links, uses.gold[begin + i]);
      writer.write(links, directed[i]);
    }
  }
  return true;
}

void write_lexicons(const AlignArguments& a, const ParallelText& text, const Lexicon& lexicon) {
  const WordList& source = text.source.words();
  const WordList& target = text.target.words();
  write_lexicon(a.lexicon + ".s2t", lexicon.target_given_source(source.num_words(), a.lexicon_size),
                source, target);
  write_lexicon(a.lexicon + ".t2s", lexicon.source_given_target(target.num_words(), a.lexicon_size),
                target, source);
}

void report_text(const ParallelText& text, const Aligner& aligner, Logger& logger) {
  constexpr double kMebibyte = 1048576;
  logger.info(
      str(with_thousands(text.num_pairs()), " pairs, ", with_thousands(text.source.num_tokens()),
          " and ", with_thousands(text.target.num_tokens()), " words; ",
          with_thousands(aligner.num_table_pairs()), " word pairs in ",
          format_fixed(static_cast<double>(aligner.num_table_bytes()) / kMebibyte, 0), " MiB"));
  if (aligner.num_pairs_left_out() > 0) {
    logger.warning(str(with_thousands(aligner.num_pairs_left_out()),
                       " word pairs that rarely occur together were left out, so that the table "
                       "stays within --memory"));
  }
  const std::int64_t long_lines = text.source.num_long_lines() + text.target.num_long_lines();
  if (long_lines > 0) {
    logger.warning(str(with_thousands(long_lines), long_lines == 1 ? " line is" : " lines are",
                       " longer than --max-words and will have no links"));
  }
}

void report_error(const AlignmentErrorAccumulator& accumulator, Logger& logger) {
  const AlignmentError error = accumulator.result();
  logger.info(str("alignment error rate ", format_fixed(error.error_rate, 4), ", precision ",
                  format_fixed(error.precision, 4), ", recall ", format_fixed(error.recall, 4),
                  " on ", with_thousands(error.num_sentences), " pairs"));
}

int run(const AlignArguments& a, CommandContext& context) {
  const auto logger = make_logger({});
  check_arguments(a);
  announce_stop("stopping");
  catch_signals();
  const auto stopped = [&] { return 128 + context.stop.signal_number(); };
  LineReader source = open_text(a.source, context.stop);
  LineReader target = open_text(a.target, context.stop);
  const ParallelTextOptions reading{a.is_exact ? WordForm::exact : WordForm::folded, a.max_words,
                                    &context.stop};
  const ParallelText text = read_parallel_text(source, target, reading);
  if (context.stop.is_requested()) return stopped();
  LinkUses uses;
  if (!a.gold.empty()) uses.gold = read_gold(a, text, *logger);
  LinkFiles files = a;
  files.unit = unit_of(a.unit_name);
  LinkWriter writer(files, {a.source, a.target, a.gold});
  AlignOptions options = a.model;
  options.num_threads = context.threads.count;
  options.max_table_bytes = static_cast<std::uint64_t>(a.memory) << 20U;
  Aligner aligner(text, options);
  report_text(text, aligner, *logger);
  if (!train(a, aligner, *logger, context.stop)) return stopped();
  if (!write_links(a, text, aligner, uses, writer, context.stop)) return stopped();
  if (!a.lexicon.empty()) write_lexicons(a, text, uses.lexicon);
  writer.commit();
  if (!uses.gold.empty()) report_error(uses.error, *logger);
  return 0;
}

void declare_results(cli::Command& command, AlignArguments& a) {
  command.heading_of_options = "Output";
  command
      .option("--output", a.output,
              "The links of both directions, combined; standard output if not given.")
      .file();
  command
      .option("--symmetrize", a.symmetrization,
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
  command
      .option("--unit", a.unit_name,
              "word: 0-2 links the first source word with the third target word; byte: 0:3-7:12 "
              "gives where they begin and end in their lines.",
              config::one_of({"word", "byte"}))
      .called("word|byte");
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
