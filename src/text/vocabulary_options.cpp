#include "regard/text/vocabulary_options.h"

#include <algorithm>
#include <set>

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {

std::string user_symbol_fault(const std::string& symbol) {
  static constexpr std::size_t kMaxBytes = 256;
  if (symbol.empty()) return "is empty";
  if (symbol.size() > kMaxBytes) return str("is longer than ", kMaxBytes, " bytes");
  if (!is_valid_utf8(symbol)) return "is not UTF-8";
  const bool has_control = std::any_of(symbol.begin(), symbol.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
  });
  if (has_control) return "contains a space or a control character";
  for (const char* taken : {"<pad>", "<unk>", "<s>", "</s>"}) {
    if (symbol == taken) return "is the name of a special piece";
  }
  return "";
}

void VocabularyOptions::check(const Self& self, config::Checks& checks) {
  if (self.shared && !self.target.empty() && self.target != self.source) {
    checks.fail("target", "is not used when vocabulary.shared is true",
                "use only vocabulary.source, or set vocabulary.shared: false");
  }
  if (self.shared && (self.source_size || self.target_size)) {
    checks.fail(self.source_size ? "source_size" : "target_size",
                "is not used when vocabulary.shared is true",
                "set vocabulary.size, or vocabulary.shared: false");
  }
  std::set<std::string> seen;
  for (const std::string& symbol : self.user_symbols) {
    std::string fault = user_symbol_fault(symbol);
    if (!seen.insert(symbol).second) fault = "is given twice";
    if (!fault.empty()) {
      checks.fail("user_symbols", str("'", symbol, "' ", fault),
                  "give each symbol once, without spaces");
    }
  }
}

}  // namespace regard
