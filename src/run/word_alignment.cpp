#include "regard/run/word_alignment.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "regard/align/lexicon.h"
#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/text_input.h"

#include "run/link_writer.h"

namespace regard {
namespace {

void check_arguments(const WordAlignmentOptions& a) {
  require_one_standard_input({{"--source", a.source}, {"--target", a.target}, {"--gold", a.gold}});
  if (a.unit == LinkUnit::byte && (a.source == "-" || a.target == "-"))
    throw UserError("--unit byte reads the texts twice: standard input cannot be one of them",
                    "give files");
}

/// Gold links for the command's texts, one line for each pair.
std::vector<GoldLinks> read_gold(const WordAlignmentOptions& a, const ParallelText& text,
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
bool train_aligner(const WordAlignmentOptions& a, Aligner& aligner, Logger& logger,
                   const StopFlag& stop) {
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
  const ParallelText& text;
  const Aligner& aligner;
  std::vector<GoldLinks> gold;
  AlignmentErrorAccumulator error;
  Lexicon lexicon;
};

/// Writes the links of all pairs; false when a signal ended it.
bool write_links(const WordAlignmentOptions& a, LinkUses& uses, LinkWriter& writer,
                 const StopFlag& stop) {
  const ParallelText& text = uses.text;
  constexpr std::int64_t kAtOnce = 4096;
  for (std::int64_t begin = 0; begin < text.num_pairs(); begin += kAtOnce) {
    if (stop.is_requested()) return false;
    const std::int64_t count = std::min(kAtOnce, text.num_pairs() - begin);
    const std::vector<DirectedLinks> directed = uses.aligner.links(begin, count);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto source = text.source.line(begin + i);
      const auto target = text.target.line(begin + i);
      const Links links = symmetrize(directed[i].forward, directed[i].reverse,
                                     {std::ssize(source), std::ssize(target)}, a.symmetrization);
      if (!a.lexicon.empty()) uses.lexicon.add(source, target, links);
      if (!uses.gold.empty()) uses.error.add(links, uses.gold[begin + i]);
      writer.write(links, directed[i]);
    }
  }
  return true;
}

void write_lexicons(const WordAlignmentOptions& a, const ParallelText& text,
                    const Lexicon& lexicon) {
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

}  // namespace

bool align_texts(const WordAlignmentOptions& a, const AlignmentWatch& watch) {
  check_arguments(a);
  if (watch.on_start) watch.on_start();
  LineReaderOptions lines;
  lines.stop = &watch.stop;
  lines.invalid_utf8 = a.invalid_utf8;
  LineReader source = open_given_text(a.source, lines);
  LineReader target = open_given_text(a.target, lines);
  const ParallelTextOptions reading{a.is_exact ? WordForm::exact : WordForm::folded, a.max_words,
                                    &watch.stop};
  const ParallelText text = read_parallel_text(source, target, reading);
  if (watch.stop.is_requested()) return false;
  std::vector<GoldLinks> gold;
  if (!a.gold.empty()) gold = read_gold(a, text, watch.logger);
  LinkWriter writer(a, {a.source, a.target, a.gold});
  AlignOptions options = a.model;
  options.num_threads = a.threads;
  options.max_table_bytes = static_cast<std::uint64_t>(a.memory) << 20U;
  Aligner aligner(text, options);
  report_text(text, aligner, watch.logger);
  if (!train_aligner(a, aligner, watch.logger, watch.stop)) return false;
  LinkUses uses{text, aligner, std::move(gold), {}, {}};
  if (!write_links(a, uses, writer, watch.stop)) return false;
  if (!a.lexicon.empty()) write_lexicons(a, text, uses.lexicon);
  writer.commit();
  if (!uses.gold.empty()) report_error(uses.error, watch.logger);
  return true;
}

}  // namespace regard
