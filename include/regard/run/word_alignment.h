#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "regard/align/aligner.h"
#include "regard/align/symmetrize.h"
#include "regard/config/describe.h"
#include "regard/core/logger.h"
#include "regard/core/stop_flag.h"
#include "regard/text/invalid_utf8.h"

namespace regard {

/// What links are written as.
enum class LinkUnit {
  word,  ///< Pharaoh format, 0-0 2-1: words, numbered from 0
  byte,  ///< 0:3-0:4: where the words begin and end in their lines, in bytes, the end excluded
};
REGARD_ENUM(LinkUnit, word, byte);

struct WordAlignmentOptions {
  std::string source;  ///< "-" = standard input
  std::string target;
  std::string output;          ///< symmetrized; "" or "-" = standard output
  std::string forward_output;  ///< of one direction; "" = not written
  std::string reverse_output;
  LinkUnit unit = LinkUnit::word;
  Symmetrization symmetrization = Symmetrization::grow_diag_final_and;
  std::string lexicon;                            ///< prefix of the lexicons; "" = none
  std::int64_t lexicon_size = 100;                ///< translations per word; 0 = all
  std::string gold;                               ///< links made by people; "" = none
  std::string resume;                             ///< what was learned so far; "" = it is not kept
  std::int64_t memory = 4096;                     ///< MiB for the table of word pairs; 0 = no limit
  std::int64_t max_words = 500;                   ///< longer lines get no links
  bool is_exact = false;                          ///< words count exactly as they are
  InvalidUtf8 invalid_utf8 = InvalidUtf8::error;  ///< no line may be left out
  int threads = 1;
  AlignOptions model;
};

struct AlignmentWatch {
  Logger& logger;
  const StopFlag& stop;
  std::function<void()> on_start = {};  ///< called before the work, after the options were checked
};

/// Aligns the words of two texts (regard align): trains, writes links and lexicons, and reports the
/// alignment error rate where gold links are given. Whether it came to its end: false when
/// `watch.stop` asked to stop; then nothing appears but the state of `resume`. Throws UserError for
/// texts of different lengths, invalid UTF-8, and outputs that are inputs.
bool align_texts(const WordAlignmentOptions& options, const AlignmentWatch& watch);

}  // namespace regard
