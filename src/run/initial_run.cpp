#include "regard/run/initial_run.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/run/model_folder.h"
#include "regard/run/model_names.h"

#include "initial_texts.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// Where everything is written.
struct Places {
  fs::path config;
  fs::path data;  ///< the folder of texts that are cut
};

/// The languages of the two texts: as given, else by the names of the files, else the model's.
void find_languages(const InitialRunOptions& options, InitialRun& run) {
  const std::string source = language_of(options.source);
  const std::string target = language_of(options.target);
  const bool are_told = !source.empty() && !target.empty() && source != target;
  if (are_told) {
    run.source_language = source;
    run.target_language = target;
  }
  if (run.start && run.source_language.empty()) {
    run.source_language = run.start->source_language;
    run.target_language = run.start->target_language;
  }
  if (!options.source_language.empty()) run.source_language = options.source_language;
  if (!options.target_language.empty()) run.target_language = options.target_language;
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
Places places_for(const InitialRunOptions& options, const InitialRun& run) {
  std::string stem = "regard";
  if (!run.source_language.empty() && !run.target_language.empty())
    stem = run.source_language + "_" + run.target_language;
  if (run.start) stem += "_tuned";
  const fs::path config = options.output.empty() ? stem + ".yaml" : options.output;
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
void check_data_folder(const InitialRunOptions& options, const fs::path& folder) {
  std::error_code none;
  for (const std::string& input : {options.source, options.target}) {
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

void check_places(const InitialRunOptions& options, const Places& places, bool cuts) {
  std::error_code none;
  const fs::path parent = places.config.parent_path();
  if (!parent.empty() && !fs::is_directory(parent, none)) {
    throw UserError(SourceSpot{parent.string()}, "there is no such folder",
                    "create it, or choose another --output");
  }
  for (const fs::path& path : {places.config, places.data}) {
    const bool matters = path == places.config || cuts;
    if (!matters || !fs::exists(fs::symlink_status(path, none)) || options.overwrites) continue;
    throw UserError(SourceSpot{path.string()}, "already exists",
                    "replace it with --overwrite, or choose another --output");
  }
  if (cuts && options.overwrites) check_data_folder(options, places.data);
}

void check_options(const InitialRunOptions& options) {
  if (options.source.empty() || options.target.empty()) {
    throw UserError(options.source.empty() ? "--source: the training text is missing"
                                           : "--target: the translations are missing",
                    "regard init --source FILE --target FILE");
  }
  if (options.valid_source.empty() != options.valid_target.empty()) {
    throw UserError(options.valid_source.empty() ? "--valid-target without --valid-source"
                                                 : "--valid-source without --valid-target",
                    "give both, or neither: then a validation set is held out from the corpus");
  }
  std::error_code none;
  if (fs::equivalent(options.source, options.target, none))
    throw UserError(SourceSpot{options.source}, "is both source and target", "give two files");
}

}  // namespace

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

InitialRun write_initial_run(const InitialRunOptions& options, Logger& logger) {
  check_options(options);
  InitialRun run;
  if (!options.from.empty()) run.start = read_start(options.from);
  find_languages(options, run);
  const Places places = places_for(options, run);
  const bool cuts = options.valid_source.empty();
  check_places(options, places, cuts);
  run.config = places.config.string();
  run.output = "runs/" + places.config.stem().string();
  if (cuts) {
    cut_validation(options, places.data, run, logger);
  } else {
    take_given_validation(options, run, logger);
  }
  write_file_atomically(places.config, initial_config(run));
  load_config(places.config, {});  // what was written is right
  return run;
}

}  // namespace regard
