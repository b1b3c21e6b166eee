#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "regard/text/invalid_utf8.h"

namespace regard {

/// The first `count` lines of a file; 0 = all. Throws UserError as LineReader does.
std::vector<std::string> read_lines(const std::filesystem::path& path, InvalidUtf8 invalid_utf8,
                                    std::int64_t count = 0);

}  // namespace regard
