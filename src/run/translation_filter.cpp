#include "translation_filter.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <unistd.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/terminal.h"
#include "regard/engine/paragraphs.h"
#include "regard/engine/parallel.h"
#include "regard/run/text_input.h"
#include "regard/text/language_codes.h"
#include "regard/text/words.h"

namespace regard {
namespace {

constexpr std::size_t kPool = 8192;  // lines that are sorted and batched together
constexpr std::size_t kShownCodes = 20;
constexpr std::size_t kShownCode = 60;    // bytes
constexpr std::size_t kMostCodes = 1000;  // unknown ones that are told apart

std::string score_text(double score) {
  std::ostringstream text;
  text << std::setprecision(6) << score;
  return text.str();
}

/// "1 line", "1,234 lines".
std::string lines_text(std::int64_t count) {
  return str(with_thousands(count), count == 1 ? " line" : " lines");
}

bool is_standard(const std::string& path) {
  return path.empty() || path == "-";
}

/// The scores of a translation's words or subwords, as asked for.
std::string details_of(const Translation& translation, const TranslationService& translator,
                       const TextTranslationOptions& options) {
  const Tokenizer& tokenizer = translator.target_tokenizer();
  return options.score_unit() == ScoreUnit::word
             ? word_scores(translation.token_scores,
                           words_of_decoded(tokenizer, translation.tokens),
                           count_words(translation.text))
             : piece_scores(translation.token_scores);
}

/// One line per translation; Moses format for n-best lists: line ||| text ||| features ||| score.
std::string format(const std::vector<Translation>& translations, std::int64_t line,
                   const TranslationService& translator, const TextTranslationOptions& options) {
  const ScoreUnit unit = options.score_unit();
  std::string text;
  for (const Translation& translation : translations) {
    const std::string details =
        unit == ScoreUnit::none ? "" : details_of(translation, translator, options);
    if (options.num_best == 0) {
      if (options.has_scores) text += score_text(translation.score) + "\t";
      text += translation.text + (unit == ScoreUnit::none ? "" : "\t") + details + "\n";
      break;
    }
    text +=
        str(line, " ||| ", translation.text, " ||| F0= ", score_text(translation.log_probability),
            feature_of(unit, details), " ||| ", score_text(translation.score), "\n");
  }
  return text;
}

}  // namespace

FilterInputs::FilterInputs(const TextTranslationOptions& options, const StopFlag* stop)
    : text(open_text(options.input, options.is_strict, stop)) {
  if (!options.prefix.empty()) prefixes.emplace(open_text(options.prefix, options.is_strict, stop));
}

TranslationFilter::TranslationFilter(const LoadedTranslator& loaded, FilterInputs& inputs,
                                     const TextTranslationOptions& options,
                                     const FilterWatch& watch)
    : models_(loaded.models),
      stop_(watch.stop),
      profile_(watch.profile),
      translator_(loaded.translator),
      inputs_(inputs),
      options_(options),
      logger_(watch.logger),
      is_interactive_(is_standard(options.input) && isatty(STDIN_FILENO) == 1),
      // Not between the sentences and their translations.
      shows_progress_(logger_.shows_status() && !is_interactive_ &&
                      !(is_standard(options.output) && outputs_share_terminal())) {}

/// What can be read without waiting, at least a line; nothing at the end of the text.
std::vector<std::string> TranslationFilter::read_pool() {
  LineReader& reader = inputs_.text;
  const ProfileSpan span(profile_, "reading");
  std::vector<std::string> pool;
  Line line;
  while (pool.size() < kPool && (pool.empty() || reader.has_buffered_line())) {
    if (!reader.next(line)) break;
    warn_about(line, reader.name());
    warn_about_language(line);
    if (line.was_cut) cut_lines_.insert(line.number);
    pool.push_back(std::move(line.text));
  }
  return pool;
}

void TranslationFilter::run(FilterOutputs& outputs) {
  if (is_interactive_) logger_.info("Type a sentence; Ctrl-D ends.");
  while (true) {
    const std::vector<std::string> pool = read_pool();
    if (pool.empty() || stop_.is_requested()) break;
    translate(pool, outputs);
  }
  if (stop_.is_requested()) {
    report_stop();
    return;
  }
  Line line;
  if (inputs_.prefixes && inputs_.prefixes->next(line))
    fail_of_prefixes("has more lines than the input", first_);
  report();
}

void TranslationFilter::warn_about(const Line& line, const std::string& name) {
  const std::string place = to_string(SourceSpot{name, line.number});
  if (line.invalid_byte != Line::kValid) {
    const std::string what = str("byte ", line.invalid_byte + 1, ": invalid UTF-8");
    if (options_.is_strict) throw UserError(SourceSpot{name, line.number}, what, "repair the line");
    invalid_.warn(str(place, ": ", what, ", replaced by U+FFFD"));
  }
  if (line.was_cut) cut_.warn(str(place, ": the line is too long and was cut"));
}

/// Once for each code: a multilingual model that is not told its target language says anything.
void TranslationFilter::warn_about_language(const Line& line) {
  if (!line.text.starts_with(">>")) return;
  const Tokenizer& tokenizer = translator_.source_tokenizer();
  const std::string code = unknown_language_code(tokenizer, line.text);
  if (code.empty() || unknown_codes_.size() == kMostCodes ||
      !unknown_codes_.insert(code.substr(0, kShownCode)).second)
    return;
  std::vector<std::string> known = language_codes(tokenizer);
  const std::size_t count = known.size();
  known.resize(std::min(count, kShownCodes));
  const std::string more = count > kShownCodes ? str(" and ", count - kShownCodes, " more") : "";
  codes_.warn(str(to_string(SourceSpot{inputs_.text.name(), line.number}), ": ",
                  escape_for_message(code, kShownCode),
                  " is not in the vocabulary and becomes unknown; ",
                  count == 0 ? "it has no language codes"
                             : str("its language codes are ", join(known, ", "), more)));
}

void TranslationFilter::fail_of_prefixes(const char* what, std::int64_t lines) const {
  throw UserError(SourceSpot{inputs_.prefixes->name()}, str(what, " (", lines, ")"),
                  "give one line, which may be blank, per line of the input");
}

/// As many lines of the prefix file, if there is one.
std::vector<std::string> TranslationFilter::read_prefixes(std::size_t count) {
  std::vector<std::string> prefixes;
  Line line;
  while (inputs_.prefixes && prefixes.size() < count) {
    if (!inputs_.prefixes->next(line))
      fail_of_prefixes("has fewer lines than the input",
                       first_ + static_cast<std::int64_t>(prefixes.size()));
    line.was_cut = false;  // the translator will say so
    warn_about(line, inputs_.prefixes->name());
    prefixes.push_back(std::move(line.text));
  }
  return prefixes;
}

Translations TranslationFilter::ask(const TranslationRequest& request, std::int64_t lines) {
  return translator_.translate_all(models_, request, &stop_, [&](std::int64_t done) {
    if (!shows_progress_) return;
    const std::int64_t all = first_ + done * lines / std::ssize(request.lines);
    logger_.status(str("translated ", lines_text(all), ", ",
                       format_fixed(static_cast<double>(all) / watch_.seconds(), 0), " lines/s, ",
                       compute_threads(), " threads"));
  });
}

/// `number` is the line's, from 0.
void TranslationFilter::warn_of_cut(std::int64_t number) {
  if (cut_lines_.contains(number + 1)) return;
  cut_.warn(str(to_string(SourceSpot{inputs_.text.name(), number + 1}),
                ": the line is too long and was cut"));
}

void TranslationFilter::require_finite(const Translation& translation, std::int64_t number) const {
  if (std::isfinite(translation.score)) return;
  throw RunError(
      str("the model produced non-finite scores: ",
          to_string(SourceSpot{inputs_.text.name(), number + 1}), " cannot be translated"),
      "use another model or checkpoint");
}

/// Sentence by sentence.
void TranslationFilter::translate_paragraphs(const std::vector<std::string>& pool,
                                             FilterOutputs& outputs) {
  const Paragraphs paragraphs(pool);
  const TranslationRequest request{
      paragraphs.sentences(), {}, static_cast<std::uint64_t>(sentences_)};
  const Translations results = ask(request, std::ssize(pool));
  if (results.size() != paragraphs.sentences().size()) return;  // it was stopped
  for (const std::int64_t sentence : results.cut_lines)
    warn_of_cut(first_ +
                static_cast<std::int64_t>(paragraphs.line_of(static_cast<std::size_t>(sentence))));
  for (std::size_t i = 0; i < results.size(); ++i) {
    require_finite(results[i].front(), first_ + static_cast<std::int64_t>(paragraphs.line_of(i)));
  }
  for (const std::string& line : paragraphs.joined(best_texts(results)))
    outputs.text.write(line + "\n");
  first_ += std::ssize(pool);
  sentences_ += std::ssize(paragraphs.sentences());
}

void TranslationFilter::translate_lines(const std::vector<std::string>& pool,
                                        FilterOutputs& outputs) {
  const std::vector<std::string> prefixes = read_prefixes(pool.size());
  const TranslationRequest request{pool, prefixes, static_cast<std::uint64_t>(first_)};
  const Translations results = ask(request, std::ssize(pool));
  const ProfileSpan span(profile_, "writing");
  for (const std::int64_t line : results.cut_lines)
    warn_of_cut(first_ + line);
  for (const std::int64_t line : results.cut_prefixes) {
    cut_.warn(str(to_string(SourceSpot{inputs_.prefixes->name(), first_ + line + 1}),
                  ": the prefix is too long and was cut"));
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::vector<Translation>& translations = results[i];
    require_finite(translations.front(), first_);
    outputs.text.write(format(translations, first_++, translator_, options_));
    write_details(pool[i], translations, outputs.details);
  }
}

void TranslationFilter::translate(const std::vector<std::string>& pool, FilterOutputs& outputs) {
  if (options_.splits_sentences) {
    translate_paragraphs(pool, outputs);
  } else {
    translate_lines(pool, outputs);
  }
  cut_lines_.clear();
  if (shows_progress_) logger_.status("");
  outputs.flush();
}

/// As many lines as there are translations.
void TranslationFilter::write_details(const std::string& line,
                                      const std::vector<Translation>& translations,
                                      DetailOutputs& outputs) const {
  std::string source;
  if (outputs.pieces)
    source = pieces_text(translator_.source_tokenizer(), translator_.source_tokens(line));
  for (const Translation& translation : translations) {
    if (outputs.links) outputs.links->write(to_pharaoh(translation.links) + "\n");
    if (outputs.pieces) {
      outputs.pieces->write(
          str(source, "\t", pieces_text(translator_.target_tokenizer(), translation.tokens), "\n"));
    }
  }
}

void TranslationFilter::report_stop() {
  const bool is_lost = !is_standard(options_.output);
  logger_.info(str("stopped by ", signal_name(stop_.signal_number()), " after ", lines_text(first_),
                   is_lost ? "; the output was not written" : ""));
}

void TranslationFilter::report() {
  if (options_.output.empty() && isatty(STDOUT_FILENO) == 0)
    return;                     // a filter in a pipe stays silent
  if (is_interactive_) return;  // the time is that of typing
  logger_.info(str(lines_text(first_), " in ", format_fixed(watch_.seconds(), 1), " s"));
}

}  // namespace regard
