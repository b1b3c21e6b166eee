#include <algorithm>
#include <filesystem>
#include <memory>
#include <unordered_set>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/shell.h"
#include "regard/core/strings.h"
#include "regard/run/corpus_survey.h"
#include "regard/run/model_folder.h"
#include "regard/run/model_names.h"

#include "command.h"
#include "initial_config.h"
#include "text_output.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

struct InitArguments {
  std::string source;
  std::string target;
  std::string valid_source;
  std::string valid_target;
  std::string source_language;
  std::string target_language;
  std::string from;
  std::string output;
  bool overwrites = false;
  bool shows_sizes = false;
};

/// Where everything is written.
struct Places {
  fs::path config;
  fs::path data;  ///< the folder of texts that are cut
};

/// The language that a name ends with: "train.de", "news.de.gz", "corpus_de.txt"; empty = none.
std::string language_of(const fs::path& path) {
  constexpr const char* kNoLanguage[] = {"gz",  "xz",  "zst", "bz2", "txt", "tok", "raw", "src",
                                         "tgt", "trg", "csv", "tsv", "dat", "lc",  "bpe", "spm"};
  std::string name = path.filename().string();
  std::replace(name.begin(), name.end(), '_', '.');
  std::vector<std::string> parts = split(name, '.');
  while (parts.size() > 1) {
    const std::string part = parts.back();
    parts.pop_back();
    if (std::find(std::begin(kNoLanguage), std::end(kNoLanguage), part) != std::end(kNoLanguage))
      continue;
    const bool is_code =
        (part.size() == 2 || part.size() == 3) &&
        std::all_of(part.begin(), part.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return is_code ? part : "";
  }
  return "";
}

/// The languages of the two texts: as given, else by the names of the files, else the model's.
void find_languages(const InitArguments& arguments, InitialRun& run) {
  const std::string source = language_of(arguments.source);
  const std::string target = language_of(arguments.target);
  const bool are_told = !source.empty() && !target.empty() && source != target;
  if (are_told) {
    run.source_language = source;
    run.target_language = target;
  }
  if (run.start && run.source_language.empty()) {
    run.source_language = run.start->source_language;
    run.target_language = run.start->target_language;
  }
  if (!arguments.source_language.empty()) run.source_language = arguments.source_language;
  if (!arguments.target_language.empty()) run.target_language = arguments.target_language;
}

InitialModel read_start(const std::string& path) {
  const fs::path folder = model_folder_of(path);
  require_regular_file(fs::path(path) / run_layout::kWeights);
  const Config model = load_model_config(folder);
  const bool is_noam = model.training.schedule.type == ScheduleType::noam;
  return {path, is_noam ? ScheduleOptions().peak : model.training.schedule.peak,
          longest_sentence(model.model), model.data.source, model.data.target};
}

/// The file that is asked for, or one named after the languages in the working directory; and the
/// folder of its texts next to it.
Places places_for(const InitArguments& arguments, const InitialRun& run) {
  std::string stem = "regard";
  if (!run.source_language.empty() && !run.target_language.empty())
    stem = run.source_language + "_" + run.target_language;
  if (run.start) stem += "_tuned";
  const fs::path config = arguments.output.empty() ? stem + ".yaml" : arguments.output;
  if (!config.has_filename()) {
    throw UserError("--output: " + config.string() + " names a folder",
                    "give the file to write, such as " + (config / (stem + ".yaml")).string());
  }
  return {config, config.parent_path() / (config.stem().string() + "_data")};
}

bool is_inside(const fs::path& file, const fs::path& folder) {
  std::error_code none;
  return fs::equivalent(fs::absolute(file, none).parent_path(), folder, none);
}

/// Only what an earlier call wrote may be replaced, and nothing that is read now.
void check_data_folder(const InitArguments& arguments, const fs::path& folder) {
  std::error_code none;
  for (const std::string& input : {arguments.source, arguments.target}) {
    if (is_inside(input, folder)) {
      throw UserError(SourceSpot{input}, "would be overwritten by the texts split from it",
                      "choose another --output, or give --valid-source and --valid-target");
    }
  }
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("train.") || name.starts_with("valid.")) continue;
    throw UserError(SourceSpot{entry.path().string()},
                    "is in the folder to be written, and was not created by this command",
                    "move it, or choose another --output");
  }
}

void check_places(const InitArguments& arguments, const Places& places, bool cuts) {
  std::error_code none;
  const fs::path parent = places.config.parent_path();
  if (!parent.empty() && !fs::is_directory(parent, none)) {
    throw UserError(SourceSpot{parent.string()}, "there is no such folder",
                    "create it, or choose another --output");
  }
  for (const fs::path& path : {places.config, places.data}) {
    const bool matters = path == places.config || cuts;
    if (!matters || !fs::exists(fs::symlink_status(path, none)) || arguments.overwrites) continue;
    throw UserError(SourceSpot{path.string()}, "already exists",
                    "replace it with --overwrite, or choose another --output");
  }
  if (cuts && arguments.overwrites) check_data_folder(arguments, places.data);
}

void check_arguments(const InitArguments& arguments) {
  if (arguments.source.empty() || arguments.target.empty()) {
    throw UserError(arguments.source.empty() ? "--source: the training text is missing"
                                             : "--target: the translations are missing",
                    "regard init --source FILE --target FILE");
  }
  if (arguments.valid_source.empty() != arguments.valid_target.empty()) {
    throw UserError(arguments.valid_source.empty() ? "--valid-target without --valid-source"
                                                   : "--valid-source without --valid-target",
                    "give both, or neither: then a validation set is held out from the corpus");
  }
  std::error_code none;
  if (fs::equivalent(arguments.source, arguments.target, none))
    throw UserError(SourceSpot{arguments.source}, "is both source and target", "give two files");
}

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

void take_given_validation(const InitArguments& arguments, InitialRun& run, Logger& logger) {
  run.train = {arguments.source, arguments.target};
  run.valid = {arguments.valid_source, arguments.valid_target};
  run.survey = survey_of(run.train, logger).survey();
  const CorpusSurvey of_valid = survey_of(run.valid, logger).survey();
  run.valid_pairs = of_valid.pairs;
  run.survey.repaired += of_valid.repaired;
  warn_of_overlap(run, logger);
}

void cut_validation(const InitArguments& arguments, const fs::path& folder, InitialRun& run,
                    Logger& logger) {
  constexpr std::size_t kFewest = 5;
  const TextPair files{arguments.source, arguments.target};
  const CorpusSurveyor surveyor = survey_of(files, logger);
  const std::int64_t pairs = surveyor.survey().pairs;
  const CorpusSurveyor::HeldOut held = surveyor.held_out(validation_lines(pairs));
  if (held.lines.size() < kFewest) {
    throw UserError(SourceSpot{arguments.source},
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

void report(const InitialRun& run, const fs::path& config, Logger& logger) {
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
  logger.info(str("wrote       ", config.string(), ": ", what, ", at most ",
                  with_thousands(values.max_updates), " updates"));
  constexpr std::int64_t kFew = 10'000;
  if (!run.start && survey.pairs < kFew) {
    logger.warning(str(with_thousands(survey.pairs),
                       " pairs alone are too few to train a good model; fine-tune a trained one "
                       "with --from MODEL if possible"));
  }
  warn_of_languages(run, logger);
  logger.info(str("train with: regard train ", shell_quoted_path(config)));
}

int init(const InitArguments& arguments) {
  if (arguments.shows_sizes) {
    write_standard_output(size_table());
    return 0;
  }
  check_arguments(arguments);
  const auto logger = make_logger({});
  InitialRun run;
  if (!arguments.from.empty()) run.start = read_start(arguments.from);
  find_languages(arguments, run);
  const Places places = places_for(arguments, run);
  const bool cuts = arguments.valid_source.empty();
  check_places(arguments, places, cuts);
  run.output = "runs/" + places.config.stem().string();
  if (cuts) {
    cut_validation(arguments, places.data, run, *logger);
  } else {
    take_given_validation(arguments, run, *logger);
  }
  const std::string text = initial_config(run);
  write_file_atomically(places.config, text);
  load_config(places.config, {});  // what was written is right
  report(run, places.config, *logger);
  return 0;
}

void add_options(cli::Command& command, InitArguments& a) {
  command.option("--source", a.source, "Source text, one sentence per line; may be compressed.")
      .file();
  command.option("--target", a.target, "Target text, parallel to the source.").file();
  command
      .option("--valid-source", a.valid_source,
              "Source of the validation set; without it, lines are held out from the corpus, "
              "and both texts are written next to the configuration.")
      .file();
  command.option("--valid-target", a.valid_target, "Target of the validation set.").file();
  command
      .option("--from", a.from,
              "Fine-tune this model: its size and vocabulary, with a lower learning rate.")
      .folder("MODEL");
  command
      .option("--output", a.output,
              "The YAML file to write; default: SOURCE_TARGET.yaml, named after the languages.")
      .file("C.yaml");
  command
      .option("--source-language", a.source_language,
              "Name of the source language; default: from the file name.")
      .called("L");
  command.option("--target-language", a.target_language, "Name of the target language.")
      .called("L");
  command.flag("--overwrite", a.overwrites, "Overwrite the output of an earlier call.");
  command.flag("--sizes", a.shows_sizes, "Only print the table of recommended sizes.");
}

}  // namespace

Command add_init_command(cli::Command& program) {
  cli::Command& command = program.add_command(
      "init", "Write a first configuration for a corpus, with values that suit its size.");
  auto a = std::make_shared<InitArguments>();
  add_options(command, *a);
  return {&command, [a](CommandContext&) { return init(*a); }};
}

}  // namespace regard
