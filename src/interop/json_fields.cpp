#include "json_fields.h"

#include <cmath>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {

using Json = nlohmann::json;

namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 20;

std::string shown(const Json& json) {
  // Bytes that are not UTF-8 must not stop the message about them.
  return escape_for_message(json.dump(-1, ' ', true, Json::error_handler_t::replace), 100);
}

}  // namespace

JsonFields JsonFields::read(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxBytes);
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw UserError(SourceSpot{path.string()}, str("is not valid JSON at byte ", error.byte),
                    "use an intact model");
  } catch (const Json::exception&) {  // numbers that no type can hold
    throw UserError(SourceSpot{path.string()}, "is not readable JSON", "use an intact model");
  }
  if (!json.is_object())
    throw UserError(SourceSpot{path.string()}, "contains no JSON object", "use an intact model");
  return {path, std::move(json)};
}

std::vector<std::string> JsonFields::keys() const {
  std::vector<std::string> keys;
  for (const auto& item : json_.items())
    keys.push_back(item.key());
  return keys;
}

void JsonFields::fail(const std::string& key, const std::string& why,
                      const std::string& fix) const {
  throw UserError(SourceSpot{path_.string()}, str(key, ": ", why), fix);
}

const Json& JsonFields::value(const std::string& key) const {
  static const Json nothing;
  const auto found = json_.find(key);
  return found == json_.end() ? nothing : *found;
}

std::string JsonFields::text(const std::string& key, const std::string& otherwise) const {
  const Json& json = value(key);
  if (json.is_null()) return otherwise;
  if (!json.is_string()) fail(key, shown(json) + " is not a string");
  return json.get<std::string>();
}

bool JsonFields::flag(const std::string& key, bool otherwise) const {
  const Json& json = value(key);
  if (json.is_null()) return otherwise;
  if (!json.is_boolean()) fail(key, shown(json) + " is neither true nor false");
  return json.get<bool>();
}

double JsonFields::number(const std::string& key, double otherwise, double low, double high) const {
  const Json& json = value(key);
  if (json.is_null()) return otherwise;
  const double number = json.is_number() ? json.get<double>() : std::nan("");
  if (!(number >= low && number <= high))
    fail(key, str(shown(json), " is not a number from ", low, " to ", high));
  return number;
}

std::int64_t JsonFields::integer(const std::string& key, std::int64_t low, std::int64_t high,
                                 std::optional<std::int64_t> otherwise) const {
  const Json& json = value(key);
  if (json.is_null() && otherwise) return *otherwise;
  if (json.is_null()) fail(key, "is missing");
  const bool is_whole = json.is_number_integer() &&
                        !(json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX);
  if (!is_whole || json.get<std::int64_t>() < low || json.get<std::int64_t>() > high)
    fail(key, str(shown(json), " is not a whole number from ", low, " to ", high));
  return json.get<std::int64_t>();
}

}  // namespace regard
