#include "initial_texts.h"

#include <unordered_set>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/run/corpus_survey.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// The text pairs under their names in a folder.
TextPair named(const fs::path& folder, const char* use, const InitialRun& run) {
  const auto with_suffix = [&](const std::string& language, const char* otherwise) {
    return folder / str(use, ".", language.empty() ? otherwise : language);
  };
  return {with_suffix(run.source_language, "source"), with_suffix(run.target_language, "target")};
}

/// Two files that are written together.
class PairWriter {
 public:
  explicit PairWriter(const TextPair& files) : source_(files.source), target_(files.target) {}
  void add(const LinePair& pair) {
    source_.write(pair.source + "\n");
    target_.write(pair.target + "\n");
  }
  void commit() {
    source_.commit();
    target_.commit();
  }

 private:
  AtomicFile source_;
  AtomicFile target_;
};

/// Shows how far the reading is.
class Progress {
 public:
  explicit Progress(Logger& logger) : logger_(logger) {}
  ~Progress() { logger_.status(""); }
  void at(std::int64_t pairs) {
    constexpr std::int64_t kStep = 100'000;
    if (pairs % kStep == 0) logger_.status(str("reading: ", with_thousands(pairs), " pairs"));
  }

 private:
  Logger& logger_;
};

CorpusSurveyor survey_of(const TextPair& files, Logger& logger) {
  CorpusSurveyor surveyor;
  Progress progress(logger);
  for_each_pair(files, [&](const LinePair& pair) {
    surveyor.add(pair);
    progress.at(pair.number);
  });
  return surveyor;
}

/// Writes the corpus as training and validation text, which share no source line, and takes both
/// into `run`; says how many pairs are in neither.
std::int64_t cut(const TextPair& files, const CorpusSurveyor::HeldOut& held, const fs::path& folder,
                 InitialRun& run, Logger& logger) {
  std::int64_t left_out = 0;
  CorpusSurveyor of_training;
  write_folder_atomically(folder, [&](const fs::path& inside) {
    PairWriter train(named(inside, "train", run));
    PairWriter valid(named(inside, "valid", run));
    Progress progress(logger);
    for_each_pair(files, [&](const LinePair& pair) {
      progress.at(pair.number);
      if (held.lines.contains(pair.number)) {
        valid.add(pair);
      } else if (held.sources.contains(CorpusSurveyor::key_of(pair.source))) {
        ++left_out;
      } else {
        train.add(pair);
        of_training.add(pair);
      }
    });
    train.commit();
    valid.commit();
  });
  run.survey = of_training.survey();
  if (run.survey.repaired > 0) {
    logger.warning(str(with_thousands(run.survey.repaired),
                       " pairs had invalid UTF-8, replaced by U+FFFD in the written texts"));
    run.survey.repaired = 0;
  }
  run.train = named(folder, "train", run);
  run.valid = named(folder, "valid", run);
  run.valid_pairs = static_cast<std::int64_t>(held.lines.size());
  run.is_valid_cut = true;
  return left_out;
}

/// Source lines of the validation text that are trained on, too, flatter the model.
void warn_of_overlap(const InitialRun& run, Logger& logger) {
  std::unordered_set<std::uint64_t> known;
  for_each_pair(run.valid,
                [&](const LinePair& pair) { known.insert(CorpusSurveyor::key_of(pair.source)); });
  std::int64_t both = 0;
  for_each_pair(run.train, [&](const LinePair& pair) {
    if (known.contains(CorpusSurveyor::key_of(pair.source))) ++both;
  });
  if (both == 0) return;
  logger.warning(str(with_thousands(both), " training pairs have a source line of ",
                     run.valid.source.string(), ": its scores will overestimate the model"));
}

}  // namespace

void take_given_validation(const InitialRunOptions& options, InitialRun& run, Logger& logger) {
  run.train = {options.source, options.target};
  run.valid = {options.valid_source, options.valid_target};
  run.survey = survey_of(run.train, logger).survey();
  const CorpusSurvey of_valid = survey_of(run.valid, logger).survey();
  run.valid_pairs = of_valid.pairs;
  run.survey.repaired += of_valid.repaired;
  warn_of_overlap(run, logger);
}

void cut_validation(const InitialRunOptions& options, const fs::path& folder, InitialRun& run,
                    Logger& logger) {
  constexpr std::size_t kFewest = 5;
  const TextPair files{options.source, options.target};
  const CorpusSurveyor surveyor = survey_of(files, logger);
  const std::int64_t pairs = surveyor.survey().pairs;
  const CorpusSurveyor::HeldOut held = surveyor.held_out(validation_lines(pairs));
  if (held.lines.size() < kFewest) {
    throw UserError(SourceSpot{options.source},
                    str(with_thousands(pairs), pairs == 1 ? " pair is" : " pairs are",
                        " not enough to hold out a validation set (duplicates do not count)"),
                    "give --valid-source and --valid-target, or a larger corpus");
  }
  const std::int64_t left_out = cut(files, held, folder, run, logger);
  logger.info(str("validation  ", run.valid.source.string(), ", ", run.valid.target.string(), ": ",
                  with_thousands(run.valid_pairs), " pairs taken out of the text"));
  logger.info(str("training    ", run.train.source.string(), ", ", run.train.target.string(),
                  ": the other ", with_thousands(run.survey.pairs),
                  left_out > 0 ? str("; ", with_thousands(left_out),
                                     " with a source line of the validation text are in neither")
                               : ""));
}

}  // namespace regard
