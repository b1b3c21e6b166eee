#include "regard/cli/completion.h"
#include "regard/core/strings.h"

#include "cli/offer.h"

namespace regard::cli {
namespace {

/// What does not depend on the commands.
constexpr const char* kBashBody = R"bash(
_regard() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path='' how words='' i
  # --stop=exact comes in three words.
  if [[ $word == = ]]; then
    word=''
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    _regard_names "$path"
    [[ ${COMP_WORDS[i]} != -* && " $words " == *" ${COMP_WORDS[i]} "* ]] || break
    path+=${path:+ }${COMP_WORDS[i]}
  done
  how=flag words=''
  [[ $before == -* ]] && _regard_values "$path" "$before"
  if [[ $how == flag && $word == -* ]]; then
    _regard_names "$path"
    how=words
  elif [[ $how == flag ]]; then
    _regard_values "$path" argument
    if [[ $how == flag ]]; then
      _regard_names "$path"
      how=words
    fi
  fi
  COMPREPLY=()
  case $how in
    words) mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word") ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    folders) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
  esac
  [[ $how == files || $how == folders ]] && compopt -o filenames 2> /dev/null
  [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2> /dev/null
  return 0
}
complete -F _regard regard
)bash";

std::string bash_names(const Command& command) {
  std::vector<std::string> names;
  for (const Command& below : command.commands)
    names.push_back(below.name);
  for (const Option& option : command.options) {
    if (!option.is_argument) names.push_back(option.name);
  }
  names.push_back("--help");
  return join(names, " ");
}

std::string bash_row(const std::string& key, Offer offer, const std::vector<std::string>& words) {
  const char* how = offer == Offer::files     ? "files"
                    : offer == Offer::folders ? "folders"
                    : words.empty()           ? "nothing"
                                              : "words";
  const std::string list = words.empty() ? "" : " words=" + single_quoted(join(words, " "));
  return str("    ", single_quoted(key), ") how=", how, list, " ;;\n");
}

}  // namespace

std::string bash_completion(const Command& program) {
  std::string names;
  std::string values;
  for (const Shelf& shelf : shelves_of(program)) {
    std::string all = bash_names(*shelf.command);
    if (shelf.path.empty()) all += " --version";
    names += str("    ", single_quoted(shelf.path), ") words=", single_quoted(all), " ;;\n");
    for (const Option& option : shelf.command->options) {
      if (!option.is_flag() && !option.is_argument)
        values += bash_row(str(shelf.path, " ", option.name), option.offer, offered_words(option));
    }
    const ArgumentOffer arguments = offer_of_arguments(*shelf.command);
    if (!shelf.command->is_group())
      values += bash_row(shelf.path + " argument", arguments.offer, arguments.words);
  }
  return str("# regard: completion for bash, made by: regard completion bash\n\n",
             "# The commands and options below a command.\n", "_regard_names() {\n  case $1 in\n",
             names, "    *) words='' ;;\n  esac\n}\n\n",
             "# What an option of a command takes, or its arguments.\n",
             "_regard_values() {\n  case \"$1 $2\" in\n", values, "  esac\n}\n", kBashBody);
}

}  // namespace regard::cli
