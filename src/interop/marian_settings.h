#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "regard/config/document.h"

namespace regard {

/// Options of a Marian model, from YAML that nobody vouches for. Keys are Marian's own
/// ("transformer-heads"). Failures are UserErrors naming file, key and value.
class MarianSettings {
 public:
  /// `place` is the file that the text is from.
  MarianSettings(const std::string& text, const std::filesystem::path& place);

  bool contains(const std::string& key) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  std::int64_t integer(const std::string& key, std::int64_t otherwise, std::int64_t low,
                       std::int64_t high) const;
  double number(const std::string& key, double otherwise) const;
  std::vector<std::string> list(const std::string& key) const;
  [[noreturn]] void fail(const std::string& key, const std::string& why,
                         const std::string& fix) const;

 private:
  config::Document document_;
};

}  // namespace regard
