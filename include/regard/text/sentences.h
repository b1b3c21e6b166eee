#pragma once

#include <string_view>
#include <vector>

#include "regard/text/tokenizer.h"

namespace regard {

/// The sentences of a text of valid UTF-8, in order and without the white space around them: what
/// is in no range is white space. A sentence ends
/// - after . ! ? … and the like and what closes it (quotes, brackets), where white space and no
///   lower-case letter follow; but not after the period of a number, of a single letter, or of a
///   common abbreviation of European languages;
/// - after the full stops of Chinese, Japanese and Hindi, without white space.
/// A heuristic: it rather leaves two sentences together than it splits one.
std::vector<ByteRange> sentence_ranges(std::string_view text);

}  // namespace regard
