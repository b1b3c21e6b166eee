#include "regard/report/svg_text.h"

#include "regard/core/strings.h"
#include "regard/core/utf8.h"

namespace regard {
namespace {

bool is_xml_character(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xFFFE) || c >= 0x10000;
}

/// Width in units of the font size, after the average of Helvetica, DejaVu Sans and Segoe UI.
double character_width(char32_t c) {
  constexpr std::u32string_view kNarrow = U"iljtfrI.,:;'|!()[] ";
  if (kNarrow.find(c) != std::u32string_view::npos) return 0.34;
  if (c >= 'A' && c <= 'Z') return 0.7;
  if (c == 'm' || c == 'w' || c == '%' || c == '@') return 0.88;
  const bool is_wide = (c >= 0x1100 && c < 0x1160) || (c >= 0x2E80 && c < 0xD7B0) ||
                       (c >= 0xF900 && c < 0xFB00) || (c >= 0xFE30 && c < 0xFE70) ||
                       (c >= 0xFF00 && c < 0xFF61) || c >= 0x1F300;
  return is_wide ? 1.05 : 0.59;
}

}  // namespace

std::string px(double value) {
  std::string text = format_fixed(value, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string escape_xml(std::string_view text) {
  std::string escaped;
  for (const char32_t c : to_utf32(replace_invalid_utf8(text))) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += to_utf8(std::u32string(1, is_xml_character(c) ? c : U'\uFFFD'));
    }
  }
  return escaped;
}

double text_width(std::string_view text, double font_size) {
  double width = 0;
  for (const char32_t c : to_utf32(text))
    width += character_width(c);
  return width * font_size;
}

std::string fit_text(std::string_view text, double width, double font_size) {
  if (text_width(text, font_size) <= width) return std::string(text);
  const double limit = width / font_size - character_width(U'…');
  std::u32string kept;
  double used = 0;
  for (const char32_t c : to_utf32(text)) {
    used += character_width(c);
    if (used > limit) break;
    kept += c;
  }
  while (!kept.empty() && kept.back() == U' ')
    kept.pop_back();
  return to_utf8(kept) + "…";
}

}  // namespace regard
