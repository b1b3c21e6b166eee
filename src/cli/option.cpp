#include "regard/cli/option.h"

#include "regard/config/values.h"
#include "regard/core/strings.h"

namespace regard::cli {
namespace {

constexpr std::size_t kShortList = 40;  // columns of words that stand for the value themselves

std::string word_for(const config::Field& field) {
  switch (config::scalar_kind(field)) {
    case config::Kind::integer:
      return "N";
    case config::Kind::auto_integer:
      return "N|auto";
    case config::Kind::number:
      return "NUMBER";
    default:
      return "TEXT";
  }
}

void describe_type(Option& option, const config::Field& field) {
  option.words = config::words_of(field);
  if (config::scalar_kind(field) == config::Kind::auto_integer) option.hints = {"auto"};
  const std::string list = join(option.words, "|");
  option.word = list.empty() ? word_for(field) : list.size() <= kShortList ? list : "WORD";
  std::vector<std::string> limits;
  if (option.word == "WORD") limits.push_back("one of " + join(option.words, ", "));
  if (const std::string range = config::limits_text(field); !range.empty()) {
    const bool has_end = range.find(" to ") != std::string::npos;
    const char* joint = field.unit.empty() ? "" : has_end ? " " : ", in ";
    limits.push_back(str(range, joint, field.unit));
  }
  for (const config::Predicate& predicate : field.predicates)
    limits.push_back(predicate.rule);
  option.limits = join(limits, "; ");
}

}  // namespace

Option& Option::called(std::string value_word) {
  if (is_argument) name = value_word;
  word = std::move(value_word);
  return *this;
}

Option& Option::required() {
  is_required = true;
  return *this;
}

Option& Option::repeated() {
  may_repeat = true;
  is_list = false;
  return *this;
}

Option& Option::excludes(std::string other) {
  excluded = std::move(other);
  return *this;
}

Option& Option::file(std::string value_word) {
  offer = Offer::files;
  return called(std::move(value_word));
}

Option& Option::folder(std::string value_word) {
  offer = Offer::folders;
  return called(std::move(value_word));
}

Option& Option::otherwise(std::string words_for_it) {
  fallback = std::move(words_for_it);
  return *this;
}

Option& Option::hinting(std::vector<std::string> values) {
  hints = std::move(values);
  return *this;
}

std::string sentence_of(const Option& option) {
  std::vector<std::string> notes;
  for (const std::string& note : {option.limits, option.fallback}) {
    if (!note.empty()) notes.push_back(note);
  }
  if (!option.excluded.empty()) notes.push_back("not with " + option.excluded);
  if (notes.empty()) return option.text;
  std::string text = option.text;
  if (text.ends_with('.')) text.pop_back();
  return str(text, " (", join(notes, "; "), ").");
}

Option option_of_key(std::string name, const config::Field& field) {
  Option option;
  option.name = std::move(name);
  option.text = field.doc;
  describe_type(option, field);
  return option;
}

namespace detail {

void describe_value(Option& option, const config::Field& field, const void* initial) {
  describe_type(option, field);
  const config::Type* type = field.type;
  option.is_list = type->kind() == config::Kind::list;
  if (option.is_list || !config::is_allowed(field, initial)) return;
  const std::string value = config::value_text(field, initial);
  if (!value.empty()) option.fallback = "default " + value;
}

void read_option(const config::Field& field, const std::string& name, const std::string& text,
                 void* value) {
  config::read_value(field, text, value, name);
}

}  // namespace detail
}  // namespace regard::cli
