#include "regard/core/shell.h"

#include <algorithm>

#include "regard/core/strings.h"

namespace regard {
namespace {

/// What no shell treats in a special way inside an argument. Letters of other alphabets are bytes
/// above 127.
bool is_plain(unsigned char c) {
  constexpr std::string_view kOthers = "_-./,:+@%=";
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c >= 0x80 ||
         kOthers.find(static_cast<char>(c)) != std::string_view::npos;
}

/// $'...': every byte that a message would escape as \xNN is written so, and read back by the
/// shell.
std::string ansi_quoted(std::string_view text) {
  std::string out = "$'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      const bool is_safe = static_cast<unsigned char>(c) >= 0x20 && c != 0x7F &&
                           static_cast<unsigned char>(c) < 0x80;
      out += is_safe ? std::string(1, c) : escape_for_message(std::string_view(&c, 1));
    }
  }
  return out + "'";
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  if (escape_for_message(text, std::string_view::npos) != text) return ansi_quoted(text);
  const bool is_word = !text.empty() && text.front() != '=' &&  // zsh expands =name
                       std::all_of(text.begin(), text.end(),
                                   [](char c) { return is_plain(static_cast<unsigned char>(c)); });
  if (is_word) return std::string(text);
  return "'" + join(split(text, '\''), R"('\'')") + "'";
}

std::string shell_quoted_path(const std::filesystem::path& path) {
  const std::string text = path.string();
  return shell_quoted(text.starts_with('-') ? "./" + text : text);
}

}  // namespace regard
