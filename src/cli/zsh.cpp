#include <algorithm>

#include "regard/cli/completion.h"
#include "regard/core/strings.h"

#include "cli/offer.h"

namespace regard::cli {
namespace {

/// With a backslash before each of `special`.
std::string zsh_escaped(const std::string& text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string function_of(const std::string& path) {
  std::string name = "_regard" + (path.empty() ? "" : "_" + path);
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

/// ":FILE:_files", what follows the name of an option with a value.
std::string action_of(const Option& option) {
  const std::string message = str(":", zsh_escaped(option.word, ":"), ":");
  const std::vector<std::string>& words = offered_words(option);
  if (option.offer == Offer::files) return message + "_files";
  if (option.offer == Offer::folders) return message + "_files -/";
  return words.empty() ? message + " " : str(message, "(", join(words, " "), ")");
}

std::string specification_of(const Option& option, int& position) {
  if (option.is_argument) {
    const std::string place = option.is_list ? "*" : std::to_string(++position);
    return single_quoted(place + action_of(option));
  }
  const bool may_repeat = option.may_repeat || option.is_list;
  const std::string meaning = zsh_escaped(first_sentence(option.text), "[]:");
  return single_quoted(str(may_repeat ? "*" : "", option.name, option.is_flag() ? "" : "=", "[",
                           meaning, "]", option.is_flag() ? "" : action_of(option)));
}

std::string zsh_command(const Shelf& shelf) {
  std::string text = str(function_of(shelf.path), "() {\n  _arguments -S");
  int position = 0;
  for (const Option& option : shelf.command->options)
    text += str(" \\\n    ", specification_of(option, position));
  return text + " \\\n    '(- *)'{-h,--help}'[Show the help]'\n}\n\n";
}

std::string zsh_group(const Shelf& shelf) {
  std::string list;
  std::string calls;
  for (const Command& below : shelf.command->commands) {
    list += str("\n        ",
                single_quoted(str(zsh_escaped(below.name, ":"), ":", first_sentence(below.text))));
    const std::string path = shelf.path.empty() ? below.name : shelf.path + " " + below.name;
    calls += str("        ", below.name, ") ", function_of(path), " ;;\n");
  }
  const char* version = shelf.path.empty() ? " '(- *)'{-V,--version}'[Show the version]'" : "";
  return str(function_of(shelf.path), "() {\n", "  local context state state_descr line\n",
             "  typeset -A opt_args\n", "  _arguments -C '(- *)'{-h,--help}'[Show the help]'",
             version, " '1: :->command' '*:: :->arguments'\n", "  case $state in\n",
             "    command)\n      local -a commands\n      commands=(", list,
             ")\n      _describe -t commands command commands ;;\n",
             "    arguments)\n      case $words[1] in\n", calls, "      esac ;;\n  esac\n}\n\n");
}

}  // namespace

std::string zsh_completion(const Command& program) {
  std::string text =
      "#compdef regard\n# regard: completion for zsh, made by: regard completion zsh\n\n";
  for (const Shelf& shelf : shelves_of(program))
    text += shelf.command->is_group() ? zsh_group(shelf) : zsh_command(shelf);
  return text +
         "if [[ $funcstack[1] == _regard ]]; then\n  _regard \"$@\"\nelse\n"
         "  compdef _regard regard\nfi\n";
}

}  // namespace regard::cli
