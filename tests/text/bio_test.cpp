#include "regard/text/bio.h"

#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/random.h"
#include "regard/core/strings.h"

#include "text/read_text.h"

namespace regard {
namespace {

using test::user_error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Tags = std::vector<std::string>;

Tags tags(const std::string& line) {
  return line.empty() ? Tags{} : split(line, ' ');
}
std::string bio(const std::string& line, SpanScheme scheme = SpanScheme::bio) {
  return join(to_bio(tags(line), scheme), " ");
}

TEST(Bio, LegalTagsStayAsTheyAre) {
  for (const std::string line : {"", "O", "B-A I-A O B-A B-A I-A", "B-A B-B I-B"}) {
    EXPECT_EQ(bio(line), line);
    EXPECT_EQ(first_bad_inside(tags(line)), std::nullopt);
  }
}

TEST(Bio, ASpanBeginsWhereNoneCanGoOn) {
  EXPECT_EQ(bio("I-A I-A O I-B"), "B-A I-A O B-B");
  EXPECT_EQ(bio("B-A I-B I-A"), "B-A B-B B-A");
  EXPECT_EQ(first_bad_inside(tags("O B-A I-A O I-A")), 4U);
  EXPECT_EQ(first_bad_inside(tags("B-A I-B")), 1U);
}

TEST(Bio, Iob1BeginsWithInside) {
  EXPECT_EQ(bio("I-A I-A B-A O I-B I-A", SpanScheme::iob1), "B-A I-A B-A O B-B B-A");
}

TEST(Bio, IobesEndsItsSpans) {
  EXPECT_EQ(bio("B-A I-A E-A S-A S-B O B-B E-B", SpanScheme::iobes),
            "B-A I-A I-A B-A B-B O B-B I-B");
  // What the scheme does not allow: an end that begins, and an inside behind an end.
  EXPECT_EQ(bio("E-A I-A S-A I-A", SpanScheme::iobes), "B-A B-A B-A B-A");
}

TEST(Bio, ForeignTagsAreNamed) {
  EXPECT_EQ(user_error_of([] { bio("O B-A X-A"); }),
            "tag 'X-A' of word 3 is not of BIO. Fix: use O, or B- or I- and a type.");
  for (const std::string tag : {"", "B", "B-", "I-", "b-A", "o", "E-A", "S-A", "_"}) {
    EXPECT_THAT(user_error_of([&] { to_bio(Tags{tag}); }), HasSubstr("is not of BIO")) << tag;
    EXPECT_EQ(first_foreign_tag(Tags{"O", tag}), 1U) << tag;
  }
  EXPECT_EQ(first_foreign_tag(tags("O B-A-B I--")), std::nullopt);
  EXPECT_EQ(parse_span_scheme("iob2"), SpanScheme::bio);
  EXPECT_EQ(parse_span_scheme("iob1"), SpanScheme::iob1);
  EXPECT_EQ(parse_span_scheme("bioes"), SpanScheme::iobes);
  EXPECT_THAT(user_error_of([] { parse_span_scheme("bilou"); }),
              HasSubstr("'bilou'. Fix: use bio, iob1 or iobes"));
}

TEST(Bio, SpansAreTypedRangesOfWords) {
  EXPECT_THAT(spans_of_bio(tags("B-A I-A O B-B B-B")),
              ElementsAre(TypedSpan{"A", 0, 2}, TypedSpan{"B", 3, 4}, TypedSpan{"B", 4, 5}));
  EXPECT_THAT(spans_of_bio(tags("O I-A I-B")),
              ElementsAre(TypedSpan{"A", 1, 2}, TypedSpan{"B", 2, 3}));
  EXPECT_THAT(spans_of_bio({}), IsEmpty());
}

TEST(Bio, SpansThatCannotBeTaggedAreRefused) {
  EXPECT_EQ(join(bio_of_spans(std::vector<TypedSpan>{{"A", 1, 3}}, 4), " "), "O B-A I-A O");
  EXPECT_THROW(bio_of_spans(std::vector<TypedSpan>{{"A", 1, 1}}, 4), std::invalid_argument);
  EXPECT_THROW(bio_of_spans(std::vector<TypedSpan>{{"A", 1, 5}}, 4), std::invalid_argument);
  EXPECT_THROW(bio_of_spans(std::vector<TypedSpan>{{"", 1, 2}}, 4), std::invalid_argument);
  EXPECT_THROW(bio_of_spans(std::vector<TypedSpan>{{"A", 1, 3}, {"B", 2, 4}}, 4),
               std::invalid_argument);
}

TEST(Bio, TransitionsAllowWhatIsLegal) {
  const Tags all = tags("O B-A I-A B-B I-B _");
  const BioTransitions transitions(all);
  ASSERT_EQ(transitions.num_tags(), all.size());
  int legal = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_foreign = all[i] == "_";
    EXPECT_EQ(transitions.may_begin(i), is_foreign || !first_bad_inside(Tags{all[i]})) << all[i];
    for (std::size_t j = 0; j < all.size(); ++j) {
      // The second of the two goes on with nothing: what comes before the first one is right.
      const Tags pair =
          all[i][0] == 'I' ? Tags{"B" + all[i].substr(1), all[i], all[j]} : Tags{all[i], all[j]};
      const bool is_legal = !first_bad_inside(pair).has_value();
      EXPECT_EQ(transitions.may_follow(i, j), is_legal) << all[i] << " " << all[j];
      legal += is_legal ? 1 : 0;
    }
  }
  EXPECT_EQ(legal, 6 * 6 - 2 * 4);  // each of two inside tags follows two of the six
}

TEST(Bio, TagsAndSpansAreTheSameThing) {
  RandomStream random(7);
  const Tags all = tags("O B-A I-A B-B I-B");
  for (int i = 0; i < 300; ++i) {
    Tags drawn(1 + random.below(8));
    for (std::string& tag : drawn)
      tag = all[random.below(all.size())];
    const Tags legal = to_bio(drawn);
    ASSERT_EQ(legal.size(), drawn.size());
    EXPECT_EQ(first_bad_inside(legal), std::nullopt);
    EXPECT_EQ(bio_of_spans(spans_of_bio(drawn), drawn.size()), legal);
  }
}

}  // namespace
}  // namespace regard
