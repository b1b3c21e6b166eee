#pragma once

#include <string>
#include <vector>

#include "regard/cli/command.h"

namespace regard::cli {

/// A command or group with its path below the program: "", "config", "config check".
struct Shelf {
  const Command* command = nullptr;
  std::string path;
};
/// The program, its groups and its commands, each before what is below it.
std::vector<Shelf> shelves_of(const Command& program);

/// The values of an option that a shell offers by itself; empty = none, or names of files.
const std::vector<std::string>& offered_words(const Option& option);

/// What is offered for the arguments of a command, all together: files if one of them is a file.
struct ArgumentOffer {
  Offer offer = Offer::nothing;
  std::vector<std::string> words;
};
ArgumentOffer offer_of_arguments(const Command& command);

/// A text in the single quotes of a POSIX shell.
std::string single_quoted(const std::string& text);
/// The first sentence of a text, without its stop.
std::string first_sentence(const std::string& text);

}  // namespace regard::cli
