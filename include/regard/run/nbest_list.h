#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/core/error.h"

namespace regard {

/// A line of an n-best list in Moses format: number ||| text ||| features ||| score, and perhaps
/// more, which is kept.
struct NBestEntry {
  std::int64_t sentence = 0;  ///< line of the source, counted from 0
  std::string text;
  std::string features;  ///< may be empty
  std::string rest;      ///< what follows the score, with its separators; may be empty
};

/// Reads a line; its score is dropped. Throws UserError with the place for any other line.
NBestEntry parse_nbest_entry(const std::string& line, const SourceSpot& place);

/// Whether a line begins as one of a list does: a number, then " ||| ".
bool looks_like_nbest_entry(const std::string& line);

/// The first name among F0, F1, ... that is not in the features.
std::string free_feature(const std::string& features);

/// The line with a new score, without its end.
std::string to_line(const NBestEntry& entry, const std::string& score);

}  // namespace regard
