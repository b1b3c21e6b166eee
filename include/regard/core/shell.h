#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace regard {

/// A text as one word of a POSIX shell, for commands that are shown to be copied: as it is where
/// every shell takes it so ("runs/a.1"), else in single quotes. A text with control characters,
/// which would not survive a line of a log, becomes the $'...' that bash, ksh and zsh read.
std::string shell_quoted(std::string_view text);

/// The same for a path instead of an argument: one that begins with a dash gets "./" before
/// it, so that no command takes it for an option.
std::string shell_quoted_path(const std::filesystem::path& path);

}  // namespace regard
