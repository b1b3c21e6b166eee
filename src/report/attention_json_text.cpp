#include "report/attention_json_text.h"

#include <array>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "report/attention_labels.h"

namespace regard {
namespace {

/// Every hidden character has at most four hexadecimal digits.
std::string escape_hidden(const std::string& text) {
  std::string escaped;
  for (const char32_t c : to_utf32(text)) {
    if (!is_hidden(c)) {
      escaped += to_utf8(std::u32string(1, c));
      continue;
    }
    std::array<char, 8> code{};
    std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c) & 0xFFFFU);
    escaped += code.data();
  }
  return escaped;
}

}  // namespace

std::string json_string(std::string_view text) {
  return escape_hidden(nlohmann::json(replace_invalid_utf8(text)).dump());
}

std::string json_array(const std::vector<std::string>& items) {
  return "[" + join(items, ",") + "]";
}

std::string json_strings(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string& text : texts)
    items.push_back(json_string(text));
  return json_array(items);
}

std::string json_integers(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> items;
  for (const std::int64_t number : numbers)
    items.push_back(std::to_string(number));
  return json_array(items);
}

std::string json_links(const std::vector<std::pair<std::int64_t, std::int64_t>>& links) {
  std::vector<std::string> items;
  for (const auto& [source, target] : links)
    items.push_back(json_integers({source, target}));
  return json_array(items);
}

}  // namespace regard
