#pragma once

#include <string>
#include <string_view>

namespace regard {

/// Text as it may stand in XML content and attributes: the five special characters become entities;
/// invalid UTF-8 and characters that XML 1.0 forbids become U+FFFD.
std::string escape_xml(std::string_view text);

/// A length in pixels, to a tenth: "12", "12.5".
std::string px(double value);

/// Estimated width in pixels of UTF-8 text in a common sans-serif font of `font_size` pixels. East
/// Asian characters and emoji count as wide.
double text_width(std::string_view text, double font_size);

/// The text if it fits into `width` pixels, else its beginning and "…". Not escaped.
std::string fit_text(std::string_view text, double width, double font_size);

}  // namespace regard
