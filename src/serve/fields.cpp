#include "fields.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"
#include "regard/formats/strict_json.h"

#include "api_error.h"
#include "http_status.h"

namespace regard {
namespace {

constexpr std::size_t kMostFields = 64;

[[noreturn]] void refuse(const std::string& why) {
  throw ApiError(http_status::kBadRequest, str("Invalid request: ", why));
}

class FieldsReader final : public StrictJsonReader {
 public:
  std::map<std::string, Fields::Value> values;

  bool start_object(std::size_t) override {
    if (std::exchange(is_inside_, true)) return refuse_value("an object");
    return true;
  }
  bool key(std::string& name) override {
    key_ = std::move(name);
    if (values.contains(key_)) return refuse(str("duplicate key ", quote_for_message(key_)));
    return values.size() < kMostFields || refuse("too many keys");
  }
  bool start_array(std::size_t) override {
    if (!is_inside_ || list_) return refuse_value("a list");
    list_.emplace();
    return true;
  }
  bool end_array() override {
    values[key_] = std::move(*list_);
    list_.reset();
    return true;
  }
  bool string(std::string& value) override {
    if (!list_) return put(std::move(value), "a string");
    list_->push_back(std::move(value));
    return true;
  }
  bool null() override { return put(std::monostate(), "null"); }
  bool boolean(bool value) override { return put(value, "a boolean"); }
  bool number_integer(std::int64_t value) override { return put(value, "a number"); }
  bool number_unsigned(std::uint64_t value) override {
    return value <= INT64_MAX ? put(static_cast<std::int64_t>(value), "a number")
                              : refuse("a number is too large");
  }
  bool number_float(double value, const std::string&) override { return put(value, "a number"); }
  bool end_object() override { return true; }

 protected:
  bool refuse_value(std::string_view value) override {
    return refuse(is_inside_ ? str(quote_for_message(key_), " must not be ", value)
                             : str("the body must be an object, not ", value));
  }

 private:
  bool put(Fields::Value value, const char* kind) {
    if (!is_inside_ || list_) return refuse_value(list_ ? str("a list of ", kind) : kind);
    values[key_] = std::move(value);
    return true;
  }

  bool is_inside_ = false;
  std::string key_;
  std::optional<std::vector<std::string>> list_;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode_form(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    const int high = at + 2 < text.size() ? hex_digit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hex_digit(text[at + 2]) : -1;
    if (high < 0 || low < 0) refuse("a % sign without two hexadecimal digits in the form");
    result += static_cast<char>(high * 16 + low);
    at += 2;
  }
  if (!is_valid_utf8(result)) refuse("the form is not valid UTF-8");
  return result;
}

std::optional<std::int64_t> as_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Fields Fields::from_json(std::string_view text) {
  FieldsReader reader;
  if (!reader.read(text)) refuse(reader.problem());
  Fields fields;
  fields.values_ = std::move(reader.values);
  return fields;
}

Fields Fields::from_form(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    fields.values_.emplace(decode_form(part.substr(0, equals)), decode_form(value));
    if (fields.values_.size() > kMostFields) refuse("too many fields");
  }
  return fields;
}

const Fields::Value* Fields::find(const std::string& name) const {
  const auto found = values_.find(name);
  const bool is_there =
      found != values_.end() && !std::holds_alternative<std::monostate>(found->second);
  return is_there ? &found->second : nullptr;
}

bool Fields::has(const std::string& name) const {
  return find(name) != nullptr;
}

std::string Fields::text(const std::string& name, const std::string& fallback) const {
  const Value* value = find(name);
  if (value == nullptr) return fallback;
  const auto* text = std::get_if<std::string>(value);
  if (text == nullptr) refuse(str(name, " must be a string"));
  return *text;
}

std::string Fields::required_text(const std::string& name) const {
  if (!has(name)) refuse(str("missing ", name, " parameter"));
  return text(name, "");
}

std::string Fields::take_text(const std::string& name) {
  std::string taken = required_text(name);
  values_.erase(name);
  return taken;
}

bool Fields::flag(const std::string& name, bool fallback) const {
  const Value* value = find(name);
  if (value == nullptr) return fallback;
  if (const auto* flag = std::get_if<bool>(value)) return *flag;
  const auto* text = std::get_if<std::string>(value);
  if (text != nullptr && (*text == "true" || *text == "false")) return *text == "true";
  refuse(str(name, " must be true or false"));
}

std::int64_t Fields::integer(const std::string& name, std::int64_t fallback, std::int64_t least,
                             std::int64_t most) const {
  const Value* value = find(name);
  if (value == nullptr) return fallback;
  std::optional<std::int64_t> number;
  if (const auto* given = std::get_if<std::int64_t>(value)) number = *given;
  if (const auto* text = std::get_if<std::string>(value)) number = as_integer(*text);
  if (!number || *number < least || *number > most)
    refuse(str(name, " must be a whole number from ", least, " to ", most));
  return *number;
}

bool Fields::is_list(const std::string& name) const {
  const Value* value = find(name);
  return value != nullptr && std::holds_alternative<std::vector<std::string>>(*value);
}

std::vector<std::string> Fields::texts(const std::string& name) const {
  const Value* value = find(name);
  if (value == nullptr) refuse(str("missing ", name, " parameter"));
  if (const auto* list = std::get_if<std::vector<std::string>>(value)) return *list;
  if (const auto* text = std::get_if<std::string>(value)) return {*text};
  refuse(str(name, " must be a string or a list of strings"));
}

void Fields::require_known(const std::vector<std::string>& known) const {
  for (const auto& [name, value] : values_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string meant = nearest(name, known);
    refuse(str("unknown field ", quote_for_message(name, 60),
               meant.empty() ? "" : str("; did you mean ", meant, "?")));
  }
}

}  // namespace regard
