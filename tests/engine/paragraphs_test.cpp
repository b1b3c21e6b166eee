#include "regard/engine/paragraphs.h"

#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace regard {
namespace {

using testing::ElementsAre;

TEST(Paragraphs, ComeBackWithExactlyTheirWhiteSpace) {
  const std::vector<std::string> lines = {"  One.  Two!\t\tThree ", "", " \u00a0 ", "Four."};
  const Paragraphs paragraphs(lines);
  EXPECT_THAT(paragraphs.sentences(), ElementsAre("One.", "Two!", "Three", "Four."));
  EXPECT_EQ(paragraphs.line_of(2), 0u);
  EXPECT_EQ(paragraphs.line_of(3), 3u);
  EXPECT_EQ(paragraphs.joined(paragraphs.sentences()), lines);
  EXPECT_THAT(paragraphs.joined({"1", "22", "", "4"}),
              ElementsAre("  1  22\t\t ", "", " \u00a0 ", "4"));
  EXPECT_THROW(paragraphs.joined({"1"}), std::invalid_argument);
}

TEST(Paragraphs, OfNothingAreNothing) {
  const Paragraphs paragraphs({});
  EXPECT_TRUE(paragraphs.sentences().empty());
  EXPECT_TRUE(paragraphs.joined({}).empty());
}

}  // namespace
}  // namespace regard
