#include "regard/run/suggested_command.h"

#include <algorithm>

#include "regard/core/shell.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

/// Without "." and without a slash at the end.
std::string tidy(const std::filesystem::path& path) {
  const std::filesystem::path normal = path.lexically_normal();
  return normal.has_filename() || !normal.has_parent_path() ? normal.string()
                                                            : normal.parent_path().string();
}

/// Whether YAML takes this for a text, and for the same one, without quotes.
bool is_plain_yaml(const std::string& text) {
  const auto is_plain = [](char c) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '.' || c == '-';
  };
  const bool begins_as_text = !text.empty() && (text.front() == '/' || is_plain(text.front())) &&
                              text.front() != '-' && text.front() != '.';
  return begins_as_text && text.find('/') != std::string::npos &&
         std::all_of(text.begin(), text.end(), is_plain);
}

}  // namespace

std::string assignment_of(std::string_view key, const std::string& text) {
  if (is_plain_yaml(text)) return str(key, "=", text);
  // Quoted as YAML wants it: any text is then a value.
  return str(key, "='", join(split(text, '\''), "''"), "'");
}

std::string translate_command(const std::filesystem::path& model) {
  return str("regard translate ", shell_quoted_path(tidy(model)), " < INPUT > OUTPUT");
}

std::string predict_command(const std::filesystem::path& model) {
  return str("regard predict ", shell_quoted_path(tidy(model)), " < INPUT > OUTPUT");
}

std::string resume_command(const std::filesystem::path& run) {
  const std::string folder = tidy(run);
  return str("regard train ", shell_quoted_path(folder + "/config.yaml"),
             " --output=", shell_quoted(folder));
}

std::string fine_tune_command(const std::filesystem::path& model) {
  return str("regard train CONFIG --set ",
             shell_quoted(assignment_of("training.init_from", tidy(model))));
}

}  // namespace regard
