#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace regard {

/// How tags mark spans of words. In all of them "O" is outside, and the type follows a '-'.
enum class SpanScheme {
  bio,    ///< B- begins each span, I- goes on (IOB2)
  iob1,   ///< I- also begins; B- only right behind a span of the same type (CoNLL-2003's files)
  iobes,  ///< E- ends a span of two and more, S- is a span of one
};

/// "bio" ("iob2"), "iob1", "iobes" ("bioes"). Throws UserError naming the choices.
SpanScheme parse_span_scheme(std::string_view name);

/// Words `begin` to `end` - 1.
struct TypedSpan {
  std::string type;
  std::size_t begin = 0;
  std::size_t end = 0;

  bool operator==(const TypedSpan&) const = default;
};

/// The first tag that is no tag of BIO ("O", or "B-" or "I-" and a type).
std::optional<std::size_t> first_foreign_tag(std::span<const std::string> tags);
/// The first "I-" that goes on with nothing: what comes before is outside or of another type.
std::optional<std::size_t> first_bad_inside(std::span<const std::string> tags);

/// The same spans in BIO. What a scheme does not allow is read as conlleval counts it: a span
/// begins wherever one cannot go on, so the result is always legal. Tags of no scheme throw
/// UserError naming the tag and its place ("tag 'X-A' of word 3").
std::vector<std::string> to_bio(std::span<const std::string> tags,
                                SpanScheme scheme = SpanScheme::bio);

/// The spans of BIO tags, in order; an illegal "I-" begins one. Throws like to_bio().
std::vector<TypedSpan> spans_of_bio(std::span<const std::string> tags);
/// The tags of spans among `num_words` words. Throws std::invalid_argument for a span that is empty
/// or leads outside, has no type, or overlaps another one.
std::vector<std::string> bio_of_spans(std::span<const TypedSpan> spans, std::size_t num_words);

/// Which tags of a list may begin a sentence, and follow each other, so that every "I-" goes on
/// with a span of its type. Tags that are not of BIO may stand anywhere.
class BioTransitions {
 public:
  explicit BioTransitions(std::span<const std::string> tags);

  std::size_t num_tags() const { return may_begin_.size(); }
  bool may_begin(std::size_t tag) const { return may_begin_[tag]; }
  bool may_follow(std::size_t before, std::size_t tag) const {
    return may_follow_[before * num_tags() + tag];
  }

 private:
  std::vector<bool> may_begin_;
  std::vector<bool> may_follow_;  ///< [before, tag]
};

}  // namespace regard
