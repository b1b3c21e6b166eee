#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace regard {

/// The fields of a request: names and values, from JSON or from a form. Every function throws
/// ApiError with status 400 for what it does not accept.
class Fields {
 public:
  using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string,
                             std::vector<std::string>>;

  /// One object of scalars and lists of texts, without duplicate keys.
  static Fields from_json(std::string_view text);
  /// application/x-www-form-urlencoded; of a field that is there twice the first counts.
  static Fields from_form(std::string_view text);

  /// Whether it is there and not null.
  bool has(const std::string& name) const;
  std::string text(const std::string& name, const std::string& fallback) const;
  std::string required_text(const std::string& name) const;
  /// The text of a field, which is no longer there.
  std::string take_text(const std::string& name);
  bool flag(const std::string& name, bool fallback) const;
  /// Also from a text that says one.
  std::int64_t integer(const std::string& name, std::int64_t fallback, std::int64_t least,
                       std::int64_t most) const;
  bool is_list(const std::string& name) const;
  /// A text counts as a list of one.
  std::vector<std::string> texts(const std::string& name) const;
  /// What is none of `known`, and what was probably meant.
  void require_known(const std::vector<std::string>& known) const;

  const std::map<std::string, Value>& all() const { return values_; }

 private:
  const Value* find(const std::string& name) const;

  std::map<std::string, Value> values_;
};

}  // namespace regard
