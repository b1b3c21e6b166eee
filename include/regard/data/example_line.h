#pragma once

#include <string>

#include "regard/data/example.h"
#include "regard/text/line_reader.h"

namespace regard {

/// How lines of examples are read that have at most `max_length` subwords (0 = no limit): what is
/// longer for certain is cut, and invalid UTF-8 is left for check_example_line().
LineReaderOptions example_reading(std::int64_t max_length);

/// What `invalid_utf8` makes of a line of the file `name`, and whether it is too long to be encoded
/// in bounded time: repairs it, gives the verdict against its example, or throws UserError.
void check_example_line(Line& line, const std::string& name, InvalidUtf8 invalid_utf8,
                        Example& example);

}  // namespace regard
