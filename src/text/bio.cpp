#include "regard/text/bio.h"

#include <algorithm>
#include <stdexcept>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

struct PlacedTag {
  char place = 'O';  ///< of "BIOES"
  std::string_view type;
};

/// Nothing for a tag without one of these letters, or without a type.
std::optional<PlacedTag> placed_tag(std::string_view tag, std::string_view letters) {
  if (tag == "O") return PlacedTag{};
  if (tag.size() < 3 || tag[1] != '-' || letters.find(tag[0]) == std::string_view::npos)
    return std::nullopt;
  return PlacedTag{tag[0], tag.substr(2)};
}

constexpr std::string_view kBioLetters = "BI";

/// Whether a span of `before` can go on with an inside tag of this type.
bool is_open(const PlacedTag& before, std::string_view type) {
  return (before.place == 'B' || before.place == 'I') && before.type == type;
}

/// Whether `tag` begins a span behind `before`.
bool begins_span(const PlacedTag& before, const PlacedTag& tag) {
  if (tag.place == 'B' || tag.place == 'S') return true;
  return !is_open(before, tag.type);
}

}  // namespace

SpanScheme parse_span_scheme(std::string_view name) {
  if (name == "bio" || name == "iob2") return SpanScheme::bio;
  if (name == "iob1") return SpanScheme::iob1;
  if (name == "iobes" || name == "bioes") return SpanScheme::iobes;
  throw UserError(str("unknown scheme of tags ", quote_for_message(name)),
                  "use bio, iob1 or iobes");
}

std::optional<std::size_t> first_foreign_tag(std::span<const std::string> tags) {
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (!placed_tag(tags[i], kBioLetters)) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> first_bad_inside(std::span<const std::string> tags) {
  PlacedTag before;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const PlacedTag tag = placed_tag(tags[i], kBioLetters).value_or(PlacedTag{});
    if (tag.place == 'I' && !is_open(before, tag.type)) return i;
    before = tag;
  }
  return std::nullopt;
}

std::vector<std::string> to_bio(std::span<const std::string> tags, SpanScheme scheme) {
  const std::string_view letters = scheme == SpanScheme::iobes ? "BIES" : kBioLetters;
  std::vector<std::string> result;
  PlacedTag before;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::optional<PlacedTag> tag = placed_tag(tags[i], letters);
    if (!tag) {
      const bool is_iobes = scheme == SpanScheme::iobes;
      throw UserError(
          str("tag ", quote_for_message(tags[i]), " of word ", i + 1,
              is_iobes ? " is not of IOBES" : " is not of BIO"),
          is_iobes ? "use O, or B-, I-, E- or S- and a type" : "use O, or B- or I- and a type");
    }
    if (tag->place == 'O') {
      result.emplace_back("O");
    } else {
      result.push_back(str(begins_span(before, *tag) ? "B-" : "I-", tag->type));
    }
    before = *tag;  // E and S leave nothing open
  }
  return result;
}

std::vector<TypedSpan> spans_of_bio(std::span<const std::string> tags) {
  const std::vector<std::string> legal = to_bio(tags);
  std::vector<TypedSpan> spans;
  for (std::size_t i = 0; i < legal.size(); ++i) {
    if (legal[i] == "O") continue;
    if (legal[i][0] == 'B') spans.push_back({legal[i].substr(2), i, i});
    spans.back().end = i + 1;
  }
  return spans;
}

std::vector<std::string> bio_of_spans(std::span<const TypedSpan> spans, std::size_t num_words) {
  std::vector<std::string> tags(num_words, "O");
  for (const TypedSpan& span : spans) {
    if (span.begin >= span.end || span.end > num_words || span.type.empty())
      throw std::invalid_argument("a span that is empty, outside or without a type");
    for (std::size_t i = span.begin; i < span.end; ++i) {
      if (tags[i] != "O") throw std::invalid_argument("spans that overlap");
      tags[i] = str(i == span.begin ? "B-" : "I-", span.type);
    }
  }
  return tags;
}

BioTransitions::BioTransitions(std::span<const std::string> tags)
    : may_begin_(tags.size()), may_follow_(tags.size() * tags.size()) {
  std::vector<PlacedTag> placed;
  for (const std::string& tag : tags)
    placed.push_back(placed_tag(tag, kBioLetters).value_or(PlacedTag{}));
  for (std::size_t i = 0; i < placed.size(); ++i) {
    const bool is_inside = placed[i].place == 'I';
    may_begin_[i] = !is_inside;
    for (std::size_t before = 0; before < placed.size(); ++before)
      may_follow_[before * placed.size() + i] =
          !is_inside || is_open(placed[before], placed[i].type);
  }
}

}  // namespace regard
