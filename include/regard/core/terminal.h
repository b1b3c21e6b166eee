#pragma once

#include <cstddef>
#include <string_view>

namespace regard {

/// Whether standard error is a terminal that understands ANSI sequences (TERM is set, not "dumb").
bool stderr_is_terminal();
/// The same, and nobody asked for no colours (NO_COLOR).
bool stderr_has_colour();
/// Whether standard output and standard error are the same terminal, so that what is written to one
/// stands between the lines of the other.
bool outputs_share_terminal();

/// Columns that a text takes on a terminal: 2 for each character of the East Asian wide blocks and
/// for emoji (Unicode Standard Annex 11), 0 for the common combining marks, 1 for the rest.
std::size_t display_columns(std::string_view text);
/// The longest front part of `text` that fits into `columns`.
std::string_view fitting(std::string_view text, std::size_t columns);

}  // namespace regard
