#include "config/path.h"

#include <charconv>

#include "regard/core/strings.h"

namespace regard::config {
namespace {

/// Takes "[12]" off the front of `rest`.
std::optional<std::size_t> take_index(std::string_view& rest) {
  const std::size_t end = rest.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view digits = rest.substr(1, end - 1);
  std::size_t index = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  rest.remove_prefix(end + 1);
  return index;
}

}  // namespace

std::optional<std::vector<Step>> parse_path(std::string_view path) {
  std::vector<Step> steps;
  std::string_view rest = path;
  while (!rest.empty()) {
    if (rest.front() == '[') {
      if (steps.empty()) return std::nullopt;
      const std::optional<std::size_t> index = take_index(rest);
      if (!index) return std::nullopt;
      steps.push_back({"", index});
      if (!rest.empty() && rest.front() != '[' && rest.front() != '.') return std::nullopt;
      continue;
    }
    if (!steps.empty()) rest.remove_prefix(1);  // the dot
    const std::string_view key = rest.substr(0, rest.find_first_of(".["));
    if (key.empty() || key.find_first_of("] \t") != std::string_view::npos) return std::nullopt;
    steps.push_back({std::string(key), std::nullopt});
    rest.remove_prefix(key.size());
  }
  return steps;
}

std::string join_path(std::string_view parent, std::string_view rest) {
  const bool needs_dot = !parent.empty() && !rest.empty() && rest.front() != '[';
  return str(parent, needs_dot ? "." : "", rest);
}

std::string join_index(std::string_view parent, std::size_t index) {
  return str(parent, "[", index, "]");
}

std::string parent_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return std::string(dot == std::string_view::npos ? "" : path.substr(0, dot));
}

std::string last_key(std::string_view path) {
  return std::string(path.substr(path.rfind('.') + 1));  // npos + 1 = 0
}

}  // namespace regard::config
