#include "regard/run/initial_config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "regard/config/emitter.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

constexpr std::array<SizeAdvice, 7> kAdvice = {{
    {2'000, Preset::transformer_tiny, 0, 500, 0.3, 0.1, 2e-3, 200, 512, 1, 100, "minutes"},
    {10'000, Preset::transformer_tiny, 0, 1'000, 0.3, 0.1, 2e-3, 400, 1024, 1, 60, "minutes"},
    {50'000, Preset::transformer_small, 0, 4'000, 0.2, 0.1, 1e-3, 800, 1024, 1, 40, "an hour"},
    {300'000, Preset::transformer_base, 1024, 10'000, 0.3, 0.1, 5e-4, 4000, 4096, 1, 50,
     "days; hours on a GPU"},
    {2'000'000, Preset::transformer_base, 0, 16'000, 0.2, 0.1, 7e-4, 4000, 8192, 1, 20,
     "weeks; a day on a GPU"},
    {10'000'000, Preset::transformer_base, 0, 32'000, 0.1, 0.0, 7e-4, 4000, 8192, 3, 10,
     "a GPU, days"},
    {0, Preset::transformer_big, 0, 32'000, 0.1, 0.0, 5e-4, 4000, 8192, 3, 5, "a GPU, weeks"},
}};

/// Two digits and zeros: these numbers are no more exact.
std::int64_t rounded(double value) {
  if (value < 100) return std::max<std::int64_t>(1, std::llround(value));
  const double step = std::pow(10.0, std::floor(std::log10(value)) - 1);
  return std::llround(std::round(value / step) * step);
}

double rounded_rate(double value) {
  const double power = std::pow(10.0, -std::floor(std::log10(value)));
  return std::round(value * power) / power;  // the double that is nearest to the one digit
}

/// Whether white space does not separate words: Chinese, Japanese, Thai.
bool is_unspaced(std::int64_t words, std::int64_t characters) {
  constexpr std::int64_t kLongestMean = 14;
  return characters > kLongestMean * words;
}

bool is_unspaced(const CorpusSurvey& survey) {
  return is_unspaced(survey.source_words, survey.source_characters) ||
         is_unspaced(survey.target_words, survey.target_characters);
}

/// About how many pieces of a vocabulary a word takes, in text like the recipes'.
double pieces_of_word(std::int64_t vocabulary) {
  constexpr std::pair<std::int64_t, double> kRates[] = {
      {600, 2.2}, {1500, 2.0}, {5000, 1.5}, {12000, 1.3}};
  for (const auto& [size, rate] : kRates) {
    if (vocabulary <= size) return rate;
  }
  return 1.2;
}

double pieces_of_side(std::int64_t words, std::int64_t characters, std::int64_t vocabulary) {
  constexpr double kCharactersOfPiece = 1.6;
  return is_unspaced(words, characters) ? static_cast<double>(characters) / kCharactersOfPiece
                                        : static_cast<double>(words) * pieces_of_word(vocabulary);
}

double updates_per_epoch(const CorpusSurvey& survey, const InitialValues& values) {
  constexpr double kPadding = 1.1;
  const double pieces =
      std::max(pieces_of_side(survey.source_words, survey.source_characters, values.vocabulary),
               pieces_of_side(survey.target_words, survey.target_characters, values.vocabulary));
  const double tokens = kPadding * (pieces + static_cast<double>(survey.pairs));
  return std::max(1.0, tokens / static_cast<double>(values.batch_tokens * values.accumulate));
}

/// The usual size, but not fewer pieces than the characters need, nor more than the text has: one
/// at least for each of its words (a tenth less, since normalizing makes some equal).
std::int64_t vocabulary_for(const CorpusSurvey& survey, const SizeAdvice& advice) {
  constexpr std::int64_t kSpecial = 4;
  const std::int64_t needed = survey.distinct_characters + kSpecial;
  const std::int64_t largest = needed + survey.distinct_words * 9 / 10;
  const std::int64_t wanted = is_unspaced(survey) ? std::max(advice.vocabulary, 3 * needed / 2)
                                                  : std::max(advice.vocabulary, needed + 200);
  return std::min(rounded(static_cast<double>(wanted)), largest);
}

/// What the length of the run gives: `epochs` over the corpus, but between `fewest` and `most`
/// updates.
void set_length(InitialValues& values, const CorpusSurvey& survey, std::int64_t fewest) {
  constexpr double kMostUpdates = 300'000;
  const double epoch = updates_per_epoch(survey, values);
  const double updates =
      std::clamp(values.epochs * epoch, static_cast<double>(fewest), kMostUpdates);
  values.max_updates = rounded(updates);
  values.epochs = updates / epoch;
  values.warmup = std::min(values.warmup, rounded(updates / 10));
  values.validation_every = rounded(std::clamp(epoch, updates / 40, updates / 10));
}

std::string number(double value) {
  return format_shortest(value);
}

/// A text as YAML wants it.
struct YamlText {
  using Self = YamlText;
  std::string text;
  static void describe(auto&& field) { REGARD_FIELD(text, "The text."); }
};
REGARD_DESCRIBED(YamlText);

std::string yaml(const std::string& text) {
  if (!is_valid_utf8(text)) {
    throw UserError(SourceSpot{text},
                    "a file name that is not UTF-8 cannot be written in a configuration",
                    "rename the file");
  }
  const std::string line = config::to_yaml(YamlText{text});  // "text: ...\n"
  return line.substr(6, line.size() - 7);
}

std::string yaml_pair(const TextPair& pair) {
  return str("{source: ", yaml(pair.source.string()), ", target: ", yaml(pair.target.string()),
             "}");
}

/// YAML with comments in a column of their own.
class Page {
 public:
  void add(const std::string& line, const std::string& comment = "") {
    constexpr std::size_t kColumn = 44;
    text_ += line;
    if (!comment.empty()) {
      text_ += std::string(line.size() + 2 <= kColumn ? kColumn - line.size() : 2, ' ');
      text_ += "# " + comment;
    }
    text_ += '\n';
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_head(Page& page, const InitialRun& run) {
  const bool has_names = !run.source_language.empty() && !run.target_language.empty();
  page.add(str("# ", run.start ? "Fine-tunes a model" : "Trains a model", " on ",
               with_thousands(run.survey.pairs), " pairs",
               has_names ? str(" (", run.source_language, " to ", run.target_language, ")") : "",
               "; written by regard init. Other keys have their defaults:"));
  page.add("# regard config show prints them all, docs/config.md explains them.");
  page.add("output: " + yaml(run.output), "the model, its log and its checkpoints");
  page.add("data:");
  if (!run.source_language.empty()) page.add("  source: " + yaml(run.source_language));
  if (!run.target_language.empty()) page.add("  target: " + yaml(run.target_language));
  page.add("  train:", run.is_valid_cut ? "your text without the validation pairs" : "");
  page.add("    - " + yaml_pair(run.train));
  page.add("  valid: " + yaml_pair(run.valid),
           with_thousands(run.valid_pairs) + " pairs held out from training");
  if (run.start && run.start->max_length > 0) {
    page.add(str("  max_length: ", run.start->max_length), "the model has no more positions");
  }
  if (run.survey.repaired > 0) {
    page.add("  invalid_utf8: replace",
             str(with_thousands(run.survey.repaired), " pairs contain invalid UTF-8"));
  }
}

void add_model(Page& page, const InitialRun& run, const SizeAdvice& advice,
               const InitialValues& values) {
  const bool is_small = advice.vocabulary < 16'000;
  page.add("vocabulary:");
  page.add(str("  size: ", values.vocabulary),
           is_small ? "pieces for both languages; with more, each would be too rare to be learned"
                    : "pieces for both languages; this much text has enough examples of each");
  if (is_unspaced(run.survey))
    page.add("  character_coverage: 0.9995", "the rarest of the many characters become unknown");
  page.add("model:");
  page.add("  preset: " + config::word_of(advice.preset),
           str(shape_text(advice), "; on two CPU cores: ", advice.effort));
  if (advice.feed_forward > 0)
    page.add(str("  feed_forward: ", advice.feed_forward), "smaller inner width: less overfitting");
  page.add(str("  dropout: {residual: ", number(advice.dropout), ", embedding: ",
               number(advice.dropout), ", attention: ", number(advice.inner_dropout),
               ", feed_forward: ", number(advice.inner_dropout), "}"),
           advice.dropout > 0.1 ? "small corpora need more of it" : "the usual");
}

void add_training(Page& page, const InitialRun& run, const InitialValues& values) {
  const bool is_tuned = run.start.has_value();
  page.add("training:");
  if (is_tuned)
    page.add("  init_from: " + yaml(run.start->path), "its weights, sizes and vocabulary are used");
  page.add(str("  batch_tokens: ", values.batch_tokens),
           "subwords per batch; half as many halve the memory");
  if (values.accumulate > 1)
    page.add(str("  accumulate: ", values.accumulate),
             "batches per update, for less gradient noise");
  page.add(str("  schedule: {type: inverse_sqrt, peak: ", number(values.peak),
               ", warmup: ", values.warmup, "}"),
           is_tuned ? "a tenth of the original peak, to avoid forgetting"
                    : "lower the peak if the loss jumps");
  page.add("  label_smoothing: 0.1", "prevents overconfidence; the usual value");
  page.add(
      str("  max_updates: ", values.max_updates),
      str("about ", rounded(values.epochs), " epochs, if early stopping does not end it before"));
  page.add("validation:");
  page.add(str("  every: ", values.validation_every), "updates");
  page.add(str("  stop: {metric: bleu, patience: ", values.patience, "}"),
           "stops after this many validations without a better BLEU");
  page.add(str("checkpoint: {every: ", values.validation_every, "}"), "updates; the best is kept");
}

}  // namespace

std::span<const SizeAdvice> size_advice() {
  return kAdvice;
}

const SizeAdvice& advice_for(std::int64_t pairs) {
  for (const SizeAdvice& advice : kAdvice) {
    if (advice.up_to == 0 || pairs <= advice.up_to) return advice;
  }
  return kAdvice.back();
}

std::string shape_text(const SizeAdvice& advice) {
  ModelOptions options;
  options.preset = advice.preset;
  const ModelOptions shown = with_flat_keys(expand(options));
  return str(shown.encoder_layers, "+", shown.decoder_layers, " blocks, width ", shown.dim);
}

std::string size_table() {
  std::string text =
      "| training pairs | model | pieces | dropout | peak | batch | epochs | two cores take |\n"
      "|---|---|---|---|---|---|---|---|\n";
  std::int64_t last = 0;
  for (const SizeAdvice& advice : kAdvice) {
    const std::string name = config::word_of(advice.preset);
    text +=
        str("| ",
            advice.up_to > 0 ? "up to " + with_thousands(advice.up_to)
                             : "more than " + with_thousands(last),
            " | `", name, "`, ", shape_text(advice),
            advice.feed_forward > 0 ? str(", inner width ", advice.feed_forward) : "", " | ",
            with_thousands(advice.vocabulary), " | ", number(advice.dropout), " | ",
            number(advice.peak), " | ", advice.accumulate > 1 ? str(advice.accumulate, " x ") : "",
            with_thousands(advice.batch_tokens), " | ", number(advice.epochs), " | ", advice.effort,
            " |\n");
    last = advice.up_to;
  }
  return text;
}

InitialValues initial_values(const InitialRun& run) {
  const SizeAdvice& advice = advice_for(run.survey.pairs);
  InitialValues values;
  if (run.start) {
    constexpr std::int64_t kLarge = 100'000;
    const bool is_large = run.survey.pairs > kLarge;
    values.vocabulary = 32'000;  // only to tell how long the text is in pieces
    values.batch_tokens = is_large ? 4096 : 1024;
    values.peak = rounded_rate(run.start->peak / 10);
    values.warmup = 1000;
    values.epochs = is_large ? 3 : 10;
    values.patience = 5;
    set_length(values, run.survey, /*fewest=*/100);
    return values;
  }
  values.vocabulary = vocabulary_for(run.survey, advice);
  values.batch_tokens = advice.batch_tokens;
  values.accumulate = advice.accumulate;
  values.peak = advice.peak;
  values.warmup = advice.warmup;
  values.epochs = advice.epochs;
  values.patience = 10;
  set_length(values, run.survey, /*fewest=*/300);
  return values;
}

std::string initial_config(const InitialRun& run) {
  const InitialValues values = initial_values(run);
  Page page;
  add_head(page, run);
  if (!run.start) add_model(page, run, advice_for(run.survey.pairs), values);
  add_training(page, run, values);
  return page.text();
}

}  // namespace regard
