#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "regard/config/field_builder.h"
#include "regard/config/type_of.h"

namespace regard::cli {

/// What a shell offers instead of a value.
enum class Offer { nothing, files, folders };

/// One option of a command, or one argument without a name: the only statement of it. Parsing,
/// help, completion and manual pages are made from this.
struct Option {
  std::string name;      ///< "--beam-size"; of an argument the same as `word`
  std::string word;      ///< stands for the value: "N", "FILE"; empty = a flag
  std::string text;      ///< sentences; what is allowed and the default follow by themselves
  std::string limits;    ///< "1 to 256"; empty = none
  std::string fallback;  ///< what holds where it is not given; empty = nothing to say
  std::vector<std::string> words;  ///< all that the value may be; empty = no such list
  std::vector<std::string> hints;  ///< values that a shell offers among others
  Offer offer = Offer::nothing;
  std::string heading;   ///< in the help; empty = "Options", or "Arguments"
  std::string excluded;  ///< an option that it excludes
  bool is_argument = false;
  bool is_required = false;
  bool is_list = false;     ///< takes several values in a row
  bool may_repeat = false;  ///< each time with one value
  /// Takes one value, "true" of a flag. Throws UserError for what is not allowed.
  std::function<void(const std::string&)> take;

  bool is_flag() const { return word.empty(); }

  Option& called(std::string value_word);
  Option& required();
  Option& repeated();
  Option& excludes(std::string other);
  Option& file(std::string value_word = "FILE");
  Option& folder(std::string value_word = "DIR");
  /// The default, in words; "" for none.
  Option& otherwise(std::string words_for_it);
  Option& hinting(std::vector<std::string> values);
};

/// The text with limits and default in its last sentence: "Beam width (1 to 256; default 4)."
std::string sentence_of(const Option& option);

/// An option whose values are those of a described key: type, range, words and text are the key's.
/// Values are checked by themselves where `take` gets them.
Option option_of_key(std::string name, const config::Field& field);

namespace detail {

/// int is read as the whole number that it is.
template <class T>
using Held = std::conditional_t<std::is_same_v<T, int>, std::int64_t, T>;

/// Fills in what type and limits tell. `initial` is the value that holds without the option.
void describe_value(Option& option, const config::Field& field, const void* initial);
/// read_value() with the option's name as place.
void read_option(const config::Field& field, const std::string& name, const std::string& text,
                 void* value);

template <class T, class... Attributes>
config::Field field_of_value(Attributes... attributes) {
  config::Field field;
  field.type = &config::type_of<Held<T>>();
  [[maybe_unused]] config::detail::FieldBuilder<Held<T>> builder(field);
  (builder.add(std::move(attributes)), ...);
  return field;
}

}  // namespace detail

/// An option that is read into `value`, which outlives it, and may be anything that a key may be.
/// The attributes are those of REGARD_FIELD: config::between(1, 256), config::one_of({...}).
template <class T, class... Attributes>
Option option_into(std::string name, T& value, std::string text, Attributes... attributes) {
  Option option;
  option.name = std::move(name);
  option.text = std::move(text);
  const config::Field field = detail::field_of_value<T>(std::move(attributes)...);
  const detail::Held<T> initial = value;
  detail::describe_value(option, field, &initial);
  option.take = [field, name = option.name, &value](const std::string& given) {
    detail::Held<T> held = value;
    detail::read_option(field, name, given, &held);
    value = static_cast<T>(std::move(held));
  };
  return option;
}

}  // namespace regard::cli
