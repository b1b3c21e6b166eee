#include "marian_settings.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "regard/core/strings.h"

namespace regard {

namespace {

template <class Number>
bool parse_whole(const std::string& text, Number& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

}  // namespace

MarianSettings::MarianSettings(const std::string& text, const std::filesystem::path& place)
    : document_(config::parse_yaml(text, place.string())) {}

void MarianSettings::fail(const std::string& key, const std::string& why,
                          const std::string& fix) const {
  const config::Node* node = document_.root().child(key);
  throw UserError(node == nullptr ? SourceSpot{document_.name()} : node->spot, str(key, ": ", why),
                  fix);
}

bool MarianSettings::contains(const std::string& key) const {
  return document_.root().child(key) != nullptr;
}

std::string MarianSettings::text(const std::string& key, const std::string& otherwise) const {
  const config::Node* node = document_.root().child(key);
  if (node == nullptr || node->kind == config::Node::Kind::null) return otherwise;
  if (node->kind != config::Node::Kind::scalar) fail(key, "is not a single value", "write one");
  return node->text;
}

bool MarianSettings::flag(const std::string& key, bool otherwise) const {
  const std::string word = text(key, otherwise ? "true" : "false");
  if (word != "true" && word != "false")
    fail(key, escape_for_message(word) + " is neither true nor false", "write one of them");
  return word == "true";
}

std::int64_t MarianSettings::integer(const std::string& key, std::int64_t otherwise,
                                     std::int64_t low, std::int64_t high) const {
  const std::string word = text(key, str(otherwise));
  std::int64_t value = 0;
  if (!parse_whole(word, value) || value < low || value > high)
    fail(key, str(escape_for_message(word), " is not a whole number from ", low, " to ", high),
         "use an intact model");
  return value;
}

double MarianSettings::number(const std::string& key, double otherwise) const {
  if (!contains(key)) return otherwise;
  const std::string word = text(key, "");
  double value = 0;
  if (!parse_whole(word, value) || !std::isfinite(value))
    fail(key, escape_for_message(word) + " is not a number", "use an intact model");
  return value;
}

std::vector<std::string> MarianSettings::list(const std::string& key) const {
  const config::Node* node = document_.root().child(key);
  std::vector<std::string> items;
  if (node == nullptr) return items;
  if (node->kind != config::Node::Kind::list) fail(key, "is not a list", "write one");
  for (const config::Node& item : node->children) {
    if (item.kind != config::Node::Kind::scalar) fail(key, "is not a list of names", "write one");
    items.push_back(item.text);
  }
  return items;
}

}  // namespace regard
