#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace regard {

/// Commands that are shown to be copied into a shell: whatever a path holds, they run.

/// "regard translate runs/a < INPUT > OUTPUT".
std::string predict_command(const std::filesystem::path& model);
std::string translate_command(const std::filesystem::path& model);
/// "regard train runs/a/config.yaml": continues with the run of a model directory, which may have
/// been moved.
std::string resume_command(const std::filesystem::path& run);
/// "regard train CONFIG --set training.init_from=runs/a".
std::string fine_tune_command(const std::filesystem::path& model);

/// An assignment of --set that gives a key this text, whatever it holds: "output=runs/a".
std::string assignment_of(std::string_view key, const std::string& text);

}  // namespace regard
