#include "initial_run_report.h"

#include "regard/core/shell.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

/// A text the wrong way round, or of other languages than those of the model.
void warn_of_languages(const InitialRun& run, Logger& logger) {
  if (run.source_language.empty() || run.target_language.empty()) {
    logger.warning(
        "the languages cannot be derived from the file names; give --source-language and "
        "--target-language");
  }
  if (!run.start || run.start->source_language.empty() || run.start->target_language.empty())
    return;
  const InitialModel& model = *run.start;
  if (model.source_language == run.source_language && model.target_language == run.target_language)
    return;
  logger.warning(str(model.path, " translates ", model.source_language, " to ",
                     model.target_language, ", but the text is ", run.source_language, " to ",
                     run.target_language));
}

}  // namespace

void report_initial_run(const InitialRun& run, Logger& logger) {
  const CorpusSurvey& survey = run.survey;
  const auto mean = [&](std::int64_t words) {
    return format_fixed(static_cast<double>(words) / static_cast<double>(survey.pairs), 1);
  };
  const SizeAdvice& advice = advice_for(survey.pairs);
  const InitialValues values = initial_values(run);
  logger.info(
      str("text        ", with_thousands(survey.pairs), " pairs, ", mean(survey.source_words),
          " and ", mean(survey.target_words), " words per line",
          survey.blank > 0 ? str("; ", with_thousands(survey.blank), " have a blank side") : ""));
  const std::string what = run.start ? "fine-tuning of " + run.start->path
                                     : str(config::word_of(advice.preset), " (", shape_text(advice),
                                           "), ", with_thousands(values.vocabulary), " pieces");
  logger.info(str("wrote       ", run.config, ": ", what, ", at most ",
                  with_thousands(values.max_updates), " updates"));
  constexpr std::int64_t kFew = 10'000;
  if (!run.start && survey.pairs < kFew) {
    logger.warning(str(with_thousands(survey.pairs),
                       " pairs alone are too few to train a good model; fine-tune a trained one "
                       "with --from MODEL if possible"));
  }
  warn_of_languages(run, logger);
  logger.info(str("train with: regard train ", shell_quoted_path(run.config)));
}

}  // namespace regard
