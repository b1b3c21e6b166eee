#include "regard/metrics/language.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "regard/core/utf8.h"
#include "regard/metrics/unicode.h"

namespace regard {
namespace {

struct LanguageTokenizers {
  std::string_view names;  // codes and English names, between spaces
  std::vector<std::string> tokenizers;
};

const std::array<LanguageTokenizers, 4>& languages() {
  static const std::array<LanguageTokenizers, 4> all = {{
      {" zh zho chi cmn yue wuu lzh nan hak zhs zht chinese mandarin cantonese ", {"zh"}},
      {" ja jpn japanese ", {"ja-mecab", "char"}},
      {" ko kor korean ", {"ko-mecab", "char"}},
      {" th tha thai lo lao km khm khmer my mya bur burmese myanmar bo bod tib tibetan dz dzo "
       "dzongkha shn shan tdd khb nod ",
       {"flores200", "char"}},
  }};
  return all;
}

/// The language alone, in lower case: "zh" of "zh-Hans_CN".
std::string base_of(std::string_view language) {
  std::string base(language.substr(0, language.find_first_of("-_.@ ")));
  std::transform(base.begin(), base.end(), base.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return base;
}

/// Scripts that are written without spaces between words.
enum class Script { other, han, kana, mainland };  // mainland: of South-East Asia, and Tibetan

struct ScriptBlock {
  char32_t first;
  char32_t last;
  Script script;
};

constexpr std::array kUnspaced = {
    ScriptBlock{0x0E00, 0x0EFF, Script::mainland},  // Thai, Lao
    ScriptBlock{0x0F00, 0x0FFF, Script::mainland},  // Tibetan
    ScriptBlock{0x1000, 0x109F, Script::mainland},  // Myanmar
    ScriptBlock{0x1780, 0x17FF, Script::mainland},  // Khmer
    ScriptBlock{0x1950, 0x19DF, Script::mainland},  // Tai Le, New Tai Lue
    ScriptBlock{0x1A20, 0x1AAF, Script::mainland},  // Tai Tham
    ScriptBlock{0x3040, 0x30FF, Script::kana},     ScriptBlock{0x31F0, 0x31FF, Script::kana},
    ScriptBlock{0x3400, 0x4DBF, Script::han},      ScriptBlock{0x4E00, 0x9FFF, Script::han},
    ScriptBlock{0xA9E0, 0xA9FF, Script::mainland},  // Myanmar extended
    ScriptBlock{0xAA60, 0xAA7F, Script::mainland}, ScriptBlock{0xF900, 0xFAFF, Script::han},
    ScriptBlock{0xFF66, 0xFF9F, Script::kana},     ScriptBlock{0x20000, 0x323AF, Script::han},
};

Script script_of(char32_t c) {
  if (c < kUnspaced.front().first) return Script::other;
  for (const ScriptBlock& block : kUnspaced) {
    if (c >= block.first && c <= block.last) return block.script;
  }
  return Script::other;
}

/// Characters of the words that hold such a script.
struct ScriptCounts {
  std::int64_t words = 0;
  std::int64_t han = 0;
  std::int64_t kana = 0;
  std::int64_t mainland = 0;
  std::int64_t others = 0;  // of all words

  std::int64_t unspaced() const { return han + kana + mainland; }

  void add(std::u32string_view word) {
    const std::int64_t before = unspaced();
    for (const char32_t c : word) {
      const Script script = script_of(c);
      han += script == Script::han;
      kana += script == Script::kana;
      mainland += script == Script::mainland;
      others += script == Script::other && !is_punctuation(c);
    }
    words += unspaced() > before;
  }
};

}  // namespace

std::vector<std::string> bleu_tokenizers_of(std::string_view language) {
  const std::string name = " " + base_of(language) + " ";
  if (name.size() > 2) {
    for (const LanguageTokenizers& entry : languages()) {
      if (entry.names.find(name) != std::string_view::npos) return entry.tokenizers;
    }
  }
  return {"13a"};
}

std::string tokenizer_of_unspaced(std::span<const std::string> lines) {
  constexpr std::size_t kLines = 2000;  // show what the text is like
  // Words of Chinese and Japanese have about two characters, those of Thai about five.
  constexpr double kLongestMean = 4;
  constexpr double kLongestMeanMainland = 12;
  ScriptCounts counts;
  for (const std::string& line : lines.first(std::min(lines.size(), kLines))) {
    const std::u32string text = to_utf32(line);
    for (const std::u32string_view word : split_words(text))
      counts.add(word);
  }
  if (counts.unspaced() == 0 || counts.unspaced() <= counts.others) return "";
  const bool is_mainland = counts.mainland > counts.han + counts.kana;
  const double mean = static_cast<double>(counts.unspaced()) / static_cast<double>(counts.words);
  if (mean < (is_mainland ? kLongestMeanMainland : kLongestMean)) return "";
  if (is_mainland) return "flores200";
  return counts.kana * 10 > counts.han ? "ja-mecab" : "zh";
}

}  // namespace regard
