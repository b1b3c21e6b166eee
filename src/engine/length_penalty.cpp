#include "regard/engine/length_penalty.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

std::optional<double> parse_alpha(std::string_view text) {
  double alpha = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), alpha);
  const bool is_number = code == std::errc() && end == text.data() + text.size();
  if (!is_number || !(alpha >= 0.0 && alpha <= 10.0)) return std::nullopt;
  return alpha;
}

std::optional<LengthPenalty> try_parse(std::string_view text) {
  using Kind = LengthPenalty::Kind;
  if (text == "none") return LengthPenalty{Kind::none, 0.0};
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view name = text.substr(0, colon);
  const auto alpha = parse_alpha(text.substr(colon + 1));
  if (!alpha || (name != "average" && name != "gnmt")) return std::nullopt;
  return LengthPenalty{name == "average" ? Kind::average : Kind::gnmt, *alpha};
}

}  // namespace

double LengthPenalty::apply(double log_probability, std::int64_t length) const {
  const auto n = static_cast<double>(length);
  switch (kind) {
    case Kind::none:
      return log_probability;
    case Kind::average:
      return log_probability / std::pow(n, alpha);
    case Kind::gnmt:
      return log_probability / std::pow((5.0 + n) / 6.0, alpha);
  }
  return log_probability;
}

bool is_length_penalty(const std::string& text) {
  return try_parse(text).has_value();
}

LengthPenalty parse_length_penalty(const std::string& text) {
  const auto penalty = try_parse(text);
  if (!penalty) {
    throw UserError(str("length penalty '", escape_for_message(text), "' is unknown"),
                    "use none, average:A or gnmt:A with A from 0 to 10, for example average:1.0");
  }
  return *penalty;
}

}  // namespace regard
