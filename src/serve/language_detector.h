#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace regard {

struct DetectedLanguage {
  std::string language;   ///< one of those that were asked for
  double confidence = 0;  ///< 0 to 100; 0 = a guess without any evidence
};

/// The most likely of `languages` (codes such as "de"; at least one), best first, by Google's
/// Compact Language Detector 2. Those with no evidence are left out, but for the first.
std::vector<DetectedLanguage> detect_language(std::string_view text,
                                              const std::vector<std::string>& languages);

/// "German" for "de"; the code itself when it is not known.
std::string language_name(const std::string& code);

}  // namespace regard
