#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "regard/core/stop_flag.h"
#include "regard/model/seq2seq.h"

namespace regard {

/// Translates text with a live model. Training validates through it without knowing how decoding
/// works.
class TextTranslator {
 public:
  virtual ~TextTranslator() = default;
  /// One translation per line, in order; blank lines give empty ones. Nothing when `stop` asks to
  /// stop.
  virtual std::optional<std::vector<std::string>> translate(Seq2SeqImpl& model,
                                                            std::span<const std::string> lines,
                                                            const StopFlag* stop) = 0;
};

}  // namespace regard
