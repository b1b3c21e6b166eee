#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace regard {

/// A JSON object of an untrusted file, read key by key. Every failure is a UserError naming file,
/// key and value. A key that is missing or null has the given default.
class JsonFields {
 public:
  /// Reads at most 4 MiB.
  static JsonFields read(const std::filesystem::path& path);

  std::vector<std::string> keys() const;
  bool contains(const std::string& key) const { return json_.contains(key); }
  std::string text(const std::string& key, const std::string& otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  double number(const std::string& key, double otherwise, double low, double high) const;
  std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high,
                       std::optional<std::int64_t> otherwise = std::nullopt) const;
  /// The value itself; null when it is missing.
  const nlohmann::json& value(const std::string& key) const;
  /// Throws the UserError for this key.
  [[noreturn]] void fail(const std::string& key, const std::string& why,
                         const std::string& fix = "use an intact model") const;

 private:
  JsonFields(std::filesystem::path path, nlohmann::json json)
      : path_(std::move(path)), json_(std::move(json)) {}

  std::filesystem::path path_;
  nlohmann::json json_;
};

}  // namespace regard
