#include "directions.h"

#include <algorithm>

#include "regard/core/strings.h"

#include "api_error.h"
#include "http_status.h"
#include "language_detector.h"

namespace regard {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

void add_once(std::vector<std::string>& list, const std::string& word) {
  if (!contains(list, word)) list.push_back(word);
}

/// Enough of the texts to tell their language.
std::string beginning(const std::vector<std::string>& texts) {
  constexpr std::size_t kEnough = 20000;  // bytes
  std::string all;
  for (const std::string& text : texts) {
    if (all.size() > kEnough) break;
    all += text + "\n";
  }
  return all;
}

}  // namespace

std::vector<std::string> source_languages(const std::vector<ServedDirection>& directions) {
  std::vector<std::string> languages;
  for (const ServedDirection& each : directions)
    add_once(languages, each.source);
  return languages;
}

std::vector<std::string> target_languages(const std::vector<ServedDirection>& directions,
                                          const std::string& source) {
  std::vector<std::string> languages;
  for (const ServedDirection& each : directions) {
    if (source.empty() || each.source == source) add_once(languages, each.target);
  }
  return languages;
}

ChosenDirection choose_direction(const std::vector<ServedDirection>& directions,
                                 const std::string& source, const std::string& target,
                                 const std::vector<std::string>& texts) {
  ChosenDirection chosen{0, source, target};
  const std::vector<std::string> sources = source_languages(directions);
  const std::vector<std::string> targets = target_languages(directions);
  if (source == "auto") {
    std::vector<std::string> candidates;
    for (const ServedDirection& each : directions) {
      if (each.target == target) add_once(candidates, each.source);
    }
    if (candidates.empty())
      throw ApiError(http_status::kBadRequest,
                     str(quote_for_message(target, 40), " is not supported"));
    add_once(candidates, target);
    const DetectedLanguage found = detect_language(beginning(texts), candidates).front();
    chosen.source = found.language;
    chosen.confidence = found.confidence;
  } else if (!contains(sources, source) && !contains(targets, source)) {
    throw ApiError(http_status::kBadRequest,
                   str(quote_for_message(source, 40), " is not supported"));
  }
  if (!contains(targets, target) && !contains(sources, target))
    throw ApiError(http_status::kBadRequest,
                   str(quote_for_message(target, 40), " is not supported"));
  chosen.is_identity = chosen.source == target;
  if (chosen.is_identity) return chosen;
  const auto found = std::find_if(directions.begin(), directions.end(), [&](const auto& each) {
    return each.source == chosen.source && each.target == target;
  });
  if (found == directions.end()) {
    throw ApiError(
        http_status::kBadRequest,
        str(language_name(target), " (", target, ") is not available as a target language from ",
            language_name(chosen.source), " (", chosen.source, ")"));
  }
  chosen.number = static_cast<std::size_t>(found - directions.begin());
  return chosen;
}

}  // namespace regard
