#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "regard/core/error.h"

namespace regard {

/// The models that a MODEL argument names: itself where such a path exists, else the parts between
/// commas, of which an existing path may hold commas itself: in "runs/a,b,runs/c" the longest
/// beginning that exists is the first model. "runs/a,./b" is never one path.
std::vector<std::string> model_paths(const std::string& argument);

/// The model directory of a MODEL argument: itself, or two levels up from a checkpoint. Throws
/// UserError when there is none.
std::filesystem::path model_folder_of(const std::filesystem::path& path);

/// What to give in place of a path that is there but no model: the directory around a file of one.
std::string folder_to_give(const std::filesystem::path& path);

/// The error for a MODEL that is not there, with what was probably meant.
UserError no_such_model(const std::filesystem::path& path);

}  // namespace regard
