#include "regard/run/named_files.h"

#include <filesystem>
#include <optional>
#include <vector>

#include "regard/config/config_error.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/shell.h"
#include "regard/core/strings.h"
#include "regard/data/own_links.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// Where a relative path that leads nowhere was looked for.
std::string working_directory_note(const fs::path& path) {
  std::error_code failed;
  if (path.is_absolute() || fs::exists(path, failed)) return "";
  const fs::path folder = fs::current_path(failed);
  return failed ? "" : str("; relative paths start from the working directory, ", folder.string());
}

/// The entry of the same folder whose name is nearest, or "".
std::string neighbour(const fs::path& path) {
  constexpr std::size_t kMany = 10000;
  std::vector<std::string> names;
  std::error_code failed;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (names.size() < kMany) names.push_back(entry.path().filename().string());
  }
  const std::string near = nearest(path.filename().string(), names);
  return near.empty() ? "" : (path.parent_path() / near).string();
}

std::string fix_for(const fs::path& path, const fs::path& configuration) {
  std::error_code failed;
  if (fs::exists(path, failed)) return "check the file and its permissions";
  const fs::path beside = configuration.parent_path() / path;
  if (path.is_relative() && configuration.has_parent_path() && fs::exists(beside, failed)) {
    return str("it is next to the configuration: write ", beside.string(), ", or start regard in ",
               configuration.parent_path().string());
  }
  const std::string near = neighbour(path);
  return near.empty() ? "check the path" : str("did you mean ", near, "?");
}

std::optional<Problem> file_problem(const std::string& key, const std::string& path,
                                    const config::Document& document) {
  try {
    require_regular_file(path);
    return std::nullopt;
  } catch (const UserError& error) {
    constexpr std::string_view kPrefix = "cannot read: ";
    std::string reason = error.problems().front().what;
    if (reason.starts_with(kPrefix)) reason.erase(0, kPrefix.size());
    return Problem{document.spot_of(key),
                   str(key, ": cannot read ", path, ": ", reason, working_directory_note(path)),
                   fix_for(path, document.name())};
  }
}

}  // namespace

void check_named_files(const LoadedConfig& loaded) {
  std::vector<Problem> problems;
  const auto check = [&](const std::string& key, const std::string& path) {
    if (path.empty()) return;
    if (auto problem = file_problem(key, path, loaded.document))
      problems.push_back(std::move(*problem));
  };
  const auto check_corpora_of = [&](const std::string& list, const auto& corpora) {
    const config::Node* node = loaded.document.find(list);
    const bool is_one = node != nullptr && node->kind == config::Node::Kind::map;
    for (std::size_t i = 0; i < corpora.size(); ++i) {
      const std::string key = is_one ? list : str(list, "[", i, "]");
      check(key + ".source", corpora[i].source);
      check(key + ".target", corpora[i].target);
      check(key + ".file", corpora[i].file);
    }
  };
  check_corpora_of("data.train", loaded.config.data.train);
  check_corpora_of("data.valid", loaded.config.data.valid);
  for (std::size_t i = 0; i < loaded.config.data.train.size(); ++i) {
    const std::string& links = loaded.config.data.train[i].alignments;
    if (links != kOwnLinks) check(str("data.train[", i, "].alignments"), links);
  }
  // A run that already exists has its own copy of the vocabulary, and has taken its start.
  std::error_code none;
  const bool has_run = fs::exists(fs::path(loaded.config.output) / run_layout::kConfig, none);
  if (!has_run) {
    check("vocabulary.source", loaded.config.vocabulary.source);
    check("vocabulary.target", loaded.config.vocabulary.target);
  }
  const std::string start = has_run ? "" : loaded.config.training.init_from;
  if (!start.empty() && !fs::exists(start, none)) {
    problems.push_back({loaded.document.spot_of("training.init_from"),
                        str("training.init_from: ", start, ": there is no such model directory",
                            working_directory_note(start)),
                        "check the path"});
  }
  if (!problems.empty()) throw config::ConfigError(std::move(problems));
}

void require_configuration(const fs::path& path) {
  std::error_code none;
  const SourceSpot spot{path.string()};
  if (fs::is_directory(path, none)) {
    const bool is_model = fs::exists(path / run_layout::kConfig, none);
    throw UserError(spot, "cannot read: Is a directory",
                    is_model ? str("to resume or repeat this run, give ",
                                   shell_quoted_path(path / run_layout::kConfig))
                             : "give a YAML file");
  }
  if (fs::status(path, none).type() != fs::file_type::not_found) return;
  const std::string near = neighbour(path);
  throw UserError(spot, "cannot read: No such file or directory" + working_directory_note(path),
                  near.empty() ? "check the path" : str("did you mean ", near, "?"));
}

void throw_at_key(const config::Document& document, const std::string& key,
                  const UserError& error) {
  std::vector<Problem> problems;
  for (const Problem& problem : error.problems()) {
    const std::string place = to_string(problem.spot);
    problems.push_back({document.spot_of(key),
                        str(key, ": ", place, place.empty() ? "" : ": ", problem.what,
                            working_directory_note(problem.spot.name)),
                        problem.fix});
  }
  throw config::ConfigError(std::move(problems));
}

}  // namespace regard
