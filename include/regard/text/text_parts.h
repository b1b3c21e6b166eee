#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "regard/config/describe.h"
#include "regard/text/tokenizer.h"

namespace regard {

/// What of a text is translated at a time.
enum class SplitRule {
  sentences,  ///< each sentence of each line, as sentence_ranges() finds them
  lines,      ///< each line
};
REGARD_ENUM(SplitRule, sentences, lines);

/// The parts of a text, in order, without the white space around them; none are empty. What lies
/// between them is white space alone, or nothing where a script writes no spaces. Lines end at
/// every line break of Unicode.
std::vector<ByteRange> part_ranges(std::string_view text, SplitRule rule);

/// `text` with other parts in place of its own: all that lies between them stays. Where two parts
/// meet without white space and the first replacement ends in a script that has it, a space is put.
std::string replace_parts(std::string_view text, const std::vector<ByteRange>& parts,
                          const std::vector<std::string_view>& replacements);

}  // namespace regard
