#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/logger.h"
#include "regard/text/invalid_utf8.h"

namespace regard {

/// The first `count` lines of a file; 0 = all. Throws UserError as LineReader does.
std::vector<std::string> read_lines(const std::filesystem::path& path, InvalidUtf8 invalid_utf8,
                                    std::int64_t count = 0);

/// All lines of a text that a command was given: a file, or standard input for "-". Bytes that are
/// not UTF-8 become U+FFFD, with one warning that names the first of them and counts the lines.
/// Throws UserError as LineReader does, and when there is no line.
std::vector<std::string> read_given_text(const std::string& path, Logger& logger);

/// The name of such a text in messages.
std::string name_of_text(const std::string& path);

/// Texts by the options that name them: {"--hypothesis", "-"}. Throws UserError when more than one
/// is standard input.
void require_one_standard_input(const std::vector<std::pair<std::string, std::string>>& texts);

}  // namespace regard
