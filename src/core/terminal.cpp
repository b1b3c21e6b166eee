#include "regard/core/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

#include "core/utf8_step.h"

namespace regard {
namespace {

std::size_t columns_of(char32_t code) {
  struct Range {
    char32_t first;
    char32_t last;
  };
  constexpr Range kWide[] = {{0x1100, 0x115F}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},
                             {0xF900, 0xFAFF}, {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
                             {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
  if (code >= 0x0300 && code <= 0x036F) return 0;
  const bool is_wide = std::any_of(std::begin(kWide), std::end(kWide), [&](const Range& range) {
    return code >= range.first && code <= range.last;
  });
  return is_wide ? 2 : 1;
}

}  // namespace

bool stderr_is_terminal() {
  const char* kind = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
}

bool stderr_has_colour() {
  return stderr_is_terminal() && std::getenv("NO_COLOR") == nullptr;
}

bool outputs_share_terminal() {
  if (::isatty(STDOUT_FILENO) != 1 || ::isatty(STDERR_FILENO) != 1) return false;
  struct stat output = {};
  struct stat errors = {};
  return ::fstat(STDOUT_FILENO, &output) == 0 && ::fstat(STDERR_FILENO, &errors) == 0 &&
         output.st_rdev == errors.st_rdev;
}

std::size_t display_columns(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const Utf8Step step = next_utf8(text);
    columns += columns_of(step.code);
    text.remove_prefix(step.length);
  }
  return columns;
}

std::string_view fitting(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  std::size_t used = 0;
  while (end < text.size()) {
    const Utf8Step step = next_utf8(text.substr(end));
    used += columns_of(step.code);
    if (used > columns) break;
    end += step.length;
  }
  return text.substr(0, end);
}

}  // namespace regard
