#include "regard/cli/completion.h"
#include "regard/core/strings.h"

#include "cli/offer.h"

namespace regard::cli {
namespace {

constexpr const char* kFishHead =
    R"fish(# regard: completion for fish, made by: regard completion fish

# Whether the command line begins with these commands.
function __regard_at
    set -l words (commandline -opc)
    set -e words[1]
    set -l number (count $argv)
    test (count $words) -ge $number; or return 1
    test "$words[1..$number]" = "$argv"
end

# Whether it is these commands and nothing more.
function __regard_only
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end

complete -c regard -f
)fish";

/// In single quotes, where fish knows only \\ and \'.
std::string fish_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

/// "-r -F", "-x -a 'exact finished'"; `flags` for no offer at all.
std::string fish_offer(Offer offer, const std::vector<std::string>& words) {
  if (offer == Offer::files) return "-r -F";
  if (offer == Offer::folders) return "-x -a '(__fish_complete_directories)'";
  return words.empty() ? "-x" : "-x -a " + fish_quoted(join(words, " "));
}

std::string fish_line(const std::string& condition, const std::string& rest) {
  return str("complete -c regard -n ", fish_quoted(condition), " ", rest, "\n");
}

std::string fish_option(const std::string& condition, const Option& option) {
  const std::string name = option.name.substr(2);
  const std::string value =
      option.is_flag() ? "" : " " + fish_offer(option.offer, offered_words(option));
  return fish_line(condition,
                   str("-l ", name, value, " -d ", fish_quoted(first_sentence(option.text))));
}

std::string fish_arguments(const std::string& condition, const Command& command) {
  const ArgumentOffer arguments = offer_of_arguments(command);
  if (arguments.offer == Offer::files) return fish_line(condition, "-F");
  if (arguments.offer == Offer::folders)
    return fish_line(condition, "-a '(__fish_complete_directories)'");
  return arguments.words.empty()
             ? ""
             : fish_line(condition, "-a " + fish_quoted(join(arguments.words, " ")));
}

std::string fish_command(const Shelf& shelf) {
  const std::string condition = "__regard_at " + shelf.path;
  std::string text;
  for (const Option& option : shelf.command->options) {
    if (!option.is_argument) text += fish_option(condition, option);
  }
  return text + fish_arguments(condition, *shelf.command);
}

std::string fish_group(const Shelf& shelf) {
  const std::string condition =
      shelf.path.empty() ? "__regard_only" : "__regard_only " + shelf.path;
  std::string text;
  for (const Command& below : shelf.command->commands)
    text += fish_line(condition,
                      str("-a ", below.name, " -d ", fish_quoted(first_sentence(below.text))));
  if (shelf.path.empty()) text += fish_line(condition, "-s V -l version -d 'Show the version'");
  return text;
}

}  // namespace

std::string fish_completion(const Command& program) {
  std::string text = kFishHead;
  for (const Shelf& shelf : shelves_of(program))
    text += shelf.command->is_group() ? fish_group(shelf) : fish_command(shelf);
  return text + "complete -c regard -s h -l help -d 'Show the help'\n";
}

}  // namespace regard::cli
