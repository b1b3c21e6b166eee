#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/text/invalid_utf8.h"
#include "regard/text/line_reader.h"

namespace regard {

/// The first `count` lines of a file; 0 = all. Throws UserError as LineReader does.
std::vector<std::string> read_lines(const std::filesystem::path& path, InvalidUtf8 invalid_utf8,
                                    std::int64_t count = 0);

/// All lines of a text that a command was given: a file, or standard input for "-". Bytes that are
/// not UTF-8 become U+FFFD, with one warning that names the first of them and counts the lines.
/// Throws UserError as LineReader does, and when there is no line.
std::vector<std::string> read_given_text(const std::string& path, Logger& logger);

/// Opens a text that a command was given: a file, or standard input for "-".
LineReader open_given_text(const std::string& path, const LineReaderOptions& options);

/// Opens a text for reading line by line: a file, or standard input for "-" and "". Invalid UTF-8
/// is replaced, or refused where `is_strict`. `stop`, which may be null, ends a wait for more.
LineReader open_text(const std::string& path, bool is_strict, const StopFlag* stop);

/// The name of such a text in messages.
std::string name_of_text(const std::string& path);

/// Texts by the options that name them: {"--hypothesis", "-"}. Throws UserError when more than one
/// is standard input.
void require_one_standard_input(const std::vector<std::pair<std::string, std::string>>& texts);

}  // namespace regard
