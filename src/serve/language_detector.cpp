#include "language_detector.h"

#include <algorithm>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include "regard/core/utf8.h"

namespace regard {
namespace {

CLD2::Language language_of(const std::string& code) {
  return CLD2::GetLanguageFromName(code.c_str());
}

}  // namespace

std::vector<DetectedLanguage> detect_language(std::string_view text,
                                              const std::vector<std::string>& languages) {
  constexpr std::size_t kEnough = 10000;  // bytes
  const std::string_view start = utf8_prefix(text, kEnough);
  const CLD2::Language none = CLD2::UNKNOWN_LANGUAGE;
  const CLD2::Language hint = languages.size() == 1 ? language_of(languages.front()) : none;
  const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, hint};
  CLD2::Language found[3] = {none, none, none};
  int percents[3] = {0, 0, 0};
  double scores[3] = {0, 0, 0};
  int num_bytes = 0;
  int num_valid = 0;
  bool is_reliable = false;
  // Best effort: short texts get an answer too.
  CLD2::ExtDetectLanguageSummaryCheckUTF8(start.data(), static_cast<int>(start.size()), true,
                                          &hints, CLD2::kCLDFlagBestEffort, found, percents, scores,
                                          nullptr, &num_bytes, &is_reliable, &num_valid);
  std::vector<DetectedLanguage> result;
  for (std::size_t i = 0; i < 3; ++i) {
    for (const std::string& code : languages) {
      if (percents[i] > 0 && found[i] != none && language_of(code) == found[i])
        result.push_back({code, static_cast<double>(percents[i])});
    }
  }
  if (result.empty()) result.push_back({languages.front(), 0});
  return result;
}

std::string language_name(const std::string& code) {
  const CLD2::Language language = language_of(code);
  if (language == CLD2::UNKNOWN_LANGUAGE) return code;
  std::string name = CLD2::LanguageName(language);
  bool begins_word = true;
  for (char& c : name) {
    if (!begins_word && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = ' ';
    begins_word = c == ' ';
  }
  return name;
}

}  // namespace regard
