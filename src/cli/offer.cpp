#include "cli/offer.h"

#include "regard/core/strings.h"

namespace regard::cli {
namespace {

void add_shelves(const Command& command, const std::string& path, std::vector<Shelf>& shelves) {
  shelves.push_back({&command, path});
  for (const Command& below : command.commands)
    add_shelves(below, path.empty() ? below.name : str(path, " ", below.name), shelves);
}

}  // namespace

std::vector<Shelf> shelves_of(const Command& program) {
  std::vector<Shelf> shelves;
  add_shelves(program, "", shelves);
  return shelves;
}

const std::vector<std::string>& offered_words(const Option& option) {
  return option.words.empty() ? option.hints : option.words;
}

ArgumentOffer offer_of_arguments(const Command& command) {
  ArgumentOffer all;
  for (const Option& option : command.options) {
    if (!option.is_argument) continue;
    if (option.offer == Offer::files || all.offer == Offer::nothing) all.offer = option.offer;
    const std::vector<std::string>& words = offered_words(option);
    all.words.insert(all.words.end(), words.begin(), words.end());
  }
  return all;
}

std::string single_quoted(const std::string& text) {
  return str("'", join(split(text, '\''), "'\\''"), "'");
}

std::string first_sentence(const std::string& text) {
  std::string first = text.substr(0, text.find(". "));
  if (first.ends_with('.')) first.pop_back();
  return first;
}

}  // namespace regard::cli
