#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace regard {

/// A JSON string in quotes. Besides what JSON asks for, hidden characters are escaped, because some
/// readers take U+2028 for the end of a line.
std::string json_string(std::string_view text);

/// "[a,b]"; the items are JSON already.
std::string json_array(const std::vector<std::string>& items);

std::string json_strings(const std::vector<std::string>& texts);
std::string json_integers(const std::vector<std::int64_t>& numbers);
std::string json_links(const std::vector<std::pair<std::int64_t, std::int64_t>>& links);

}  // namespace regard
