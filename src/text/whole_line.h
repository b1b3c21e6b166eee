#pragma once

#include <string>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/text/line_reader.h"

namespace regard {

/// Throws UserError for a line that the reader cut: a part of an example would be another example.
inline void require_whole_line(const Line& line, const std::string& name) {
  if (!line.was_cut) return;
  throw UserError(SourceSpot{name, line.number},
                  str("the line has more than ",
                      with_thousands(static_cast<std::int64_t>(line.text.size())), " bytes"),
                  "write shorter lines");
}

}  // namespace regard
