#pragma once

#include "regard/config/describe.h"

namespace regard {

/// What to do with a line that is not valid UTF-8.
enum class InvalidUtf8 {
  error,    ///< refuse the input, with file, line and byte
  replace,  ///< every invalid part becomes U+FFFD
  skip,     ///< leave the line (in a corpus: the pair) out
  keep,     ///< hand the bytes on as they are; for callers that decide themselves, not a value in a
            ///< configuration
};
REGARD_ENUM(InvalidUtf8, error, replace, skip);

}  // namespace regard
