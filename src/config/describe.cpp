#include "regard/config/describe.h"

#include "regard/core/strings.h"

namespace regard::config::detail {

std::string key_of(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  return std::string(name);
}

std::vector<std::string> split_words(std::string_view list) {
  std::vector<std::string> words;
  for (const std::string& word : split(list, ',')) {
    words.push_back(key_of(trim(word)));
  }
  return words;
}

}  // namespace regard::config::detail
