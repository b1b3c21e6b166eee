#include "regard/run/model_names.h"

#include <algorithm>

#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

/// The names of the model directories in a folder.
std::vector<std::string> models_in(const fs::path& folder) {
  constexpr std::size_t kMany = 1000;
  std::vector<std::string> names;
  std::error_code failed;
  fs::directory_iterator entries(folder, failed);
  for (std::size_t i = 0; !failed && entries != fs::directory_iterator() && i < kMany; ++i) {
    if (is_there(entries->path() / run_layout::kConfig))
      names.push_back(entries->path().filename().string());
    entries.increment(failed);
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// "Helsinki-NLP/opus-mt-en-de": a name, a slash and a name, and not the first part here.
bool is_name_of_hub(const fs::path& path) {
  const std::string text = path.string();
  return std::count(text.begin(), text.end(), '/') == 1 && text.front() != '/' &&
         text.front() != '.' && text.back() != '/' && text.find('-') != std::string::npos &&
         !is_there(path.parent_path());
}

}  // namespace

std::vector<std::string> model_paths(const std::string& argument) {
  if (is_there(argument)) return {argument};
  const std::vector<std::string> parts = split(argument, ',');
  std::vector<std::string> paths;
  for (std::size_t begin = 0; begin < parts.size();) {
    std::size_t end = parts.size();
    const auto joined = [&] {
      return join({parts.begin() + static_cast<std::ptrdiff_t>(begin),
                   parts.begin() + static_cast<std::ptrdiff_t>(end)},
                  ",");
    };
    while (end > begin + 1 && !is_there(joined()))
      --end;
    paths.push_back(joined());
    begin = end;
  }
  return paths;
}

std::string folder_to_give(const fs::path& path) {
  std::error_code none;
  const fs::path folder = path.parent_path();
  const bool is_part =
      !fs::is_directory(path, none) && !folder.empty() &&
      (is_there(folder / run_layout::kConfig) || is_there(folder / run_layout::kState));
  return is_part ? "name its directory, " + folder.string()
                 : "name a directory written by regard train";
}

UserError no_such_model(const fs::path& path) {
  const SourceSpot spot{path.string()};
  const char* what = "there is no such model directory";
  if (is_name_of_hub(path)) {
    return UserError(spot, what,
                     "download that model, then import it with regard import marian-hf FOLDER OUT");
  }
  const fs::path tidy = path.has_filename() ? path : path.parent_path();
  const fs::path folder = tidy.has_parent_path() ? tidy.parent_path() : fs::path(".");
  const std::vector<std::string> names = models_in(folder);
  if (const std::string near = nearest(tidy.filename().string(), names); !near.empty())
    return UserError(spot, what, str("did you mean ", (tidy.parent_path() / near).string(), "?"));
  constexpr std::size_t kFew = 5;
  if (!names.empty() && names.size() <= kFew) {
    return UserError(spot, what,
                     str("use one of those in ", folder.string(), ": ", join(names, ", ")));
  }
  return UserError(spot, what, "train one with regard train CONFIG, or check the path");
}

fs::path model_folder_of(const fs::path& argument) {
  std::error_code none;
  const fs::path path = follow_link_file(argument);
  if (!fs::exists(path, none)) throw no_such_model(path);
  const fs::path real = fs::canonical(path, none);
  for (const fs::path& candidate : {path, real.parent_path().parent_path()}) {
    if (fs::exists(candidate / run_layout::kConfig, none)) return candidate;
  }
  throw UserError(SourceSpot{path.string()}, "this is not a model directory: it has no config.yaml",
                  folder_to_give(path));
}

}  // namespace regard
