#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace regard {

/// A scalar of YAML that lies on one line.
struct YamlScalar {
  std::string value;
  std::size_t length = 0;  ///< bytes of the line that it takes, quotes included
  std::string fault;       ///< why there is none; then the rest means nothing
};

/// The plain, 'single' or "double" quoted scalar that `text` begins with. A plain one ends at the
/// first colon that a blank or the line's end follows, or with the line; blanks at its end do not
/// belong to it. A number or "null" is text like any other.
YamlScalar read_yaml_scalar(std::string_view text);

}  // namespace regard
