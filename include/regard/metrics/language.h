#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace regard {

/// The tokenizers of BLEU for a target language, best first; the last one is always there. As
/// sacreBLEU has it: "zh" for Chinese, "ja-mecab", "ko-mecab", "13a" elsewhere; for other languages
/// that put no spaces between words (Thai, Lao, Khmer, Burmese, Tibetan, …) "flores200", which is
/// what is usual for them, then "char".
///
/// `language` is a code with or without script and region ("zh", "zh-CN", "zho_Hans", "ja_JP") or
/// an English name ("Thai"), in any case. An unknown one gives "13a".
std::vector<std::string> bleu_tokenizers_of(std::string_view language);

/// The tokenizer that suits lines without spaces between words, or "" when they have spaces (or
/// need none: it looks at the characters, and at how many of them stand together). Such lines are a
/// word each for "13a", "intl" and "none", so their BLEU says nothing.
std::string tokenizer_of_unspaced(std::span<const std::string> lines);

}  // namespace regard
