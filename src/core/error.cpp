#include "regard/core/error.h"

#include <cassert>
#include <cstddef>
#include <string_view>

#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr std::string_view kPrefix = "error: ";
constexpr std::size_t kMaxLine = 1000;  // bytes of a printed line
constexpr std::size_t kMaxPart = 300;   // bytes of a location or a fix

/// Adds a full stop unless the text ends a sentence already.
std::string as_sentence(std::string text) {
  constexpr std::string_view kEllipsis = "\u2026";
  const bool is_ended = text.empty() || text.ends_with('.') || text.ends_with('!') ||
                        text.ends_with('?') || text.ends_with(kEllipsis);
  if (!is_ended) text += '.';
  return text;
}

std::string joined_lines(const std::vector<Problem>& problems) {
  std::vector<std::string> lines;
  lines.reserve(problems.size());
  for (const Problem& problem : problems)
    lines.push_back(to_string(problem));
  return join(lines, "\n");
}

}  // namespace

std::string to_string(const SourceSpot& spot) {
  if (spot.line <= 0) return spot.name;
  if (spot.column <= 0) return str(spot.name, ":", spot.line);
  return str(spot.name, ":", spot.line, ":", spot.column);
}

std::string to_string(const Problem& problem) {
  SourceSpot spot = problem.spot;
  spot.name = escape_for_message(spot.name, kMaxPart);
  const std::string place = spot.name.empty() ? "" : to_string(spot) + ": ";
  const std::string fix =
      problem.fix.empty() ? "" : " Fix: " + as_sentence(escape_for_message(problem.fix, kMaxPart));
  // The longest part gives way, so that neither the location nor the fix is lost; one byte is kept
  // for the full stop.
  const std::size_t room = kMaxLine - kPrefix.size() - place.size() - fix.size() - 1;
  return place + as_sentence(escape_for_message(problem.what, room)) + fix;
}

Error::Error(ErrorKind kind, std::vector<Problem> problems)
    : kind_(kind), problems_(std::move(problems)), text_(joined_lines(problems_)) {
  assert(!problems_.empty());
}

}  // namespace regard
