#include "regard/align/parallel_text.h"

#include <array>
#include <chrono>
#include <sstream>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/descriptor.h"
#include "regard/core/error.h"
#include "regard/core/stop_flag.h"

#include "align/sample_pairs.h"

namespace regard {
namespace {

using test::pairs_of;
using testing::HasSubstr;

std::string refusal(const std::string& source, const std::string& target) {
  try {
    pairs_of(source, target);
  } catch (const UserError& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(ParallelText, HoldsTheWordsOfEachLine) {
  const ParallelText text = pairs_of("das Haus\n\nein  Haus\n", "the house\nwhat\na house");
  ASSERT_EQ(text.num_pairs(), 3);
  EXPECT_EQ(text.source.line(0).size(), 2U);
  EXPECT_TRUE(text.source.line(1).empty());
  EXPECT_EQ(text.source.line(2)[1], text.source.line(0)[1]);
  EXPECT_EQ(text.source.num_tokens(), 4);
  EXPECT_EQ(text.target.words().word(text.target.line(2)[0]), "a");
}

TEST(ParallelText, AStopWhileASideIsWaitedForIsNoDifferenceInLength) {
  std::array<int, 2> ends = {};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const Descriptor waiting(ends[0]);
  const Descriptor held(ends[1]);  // open, so that the target does not end
  StopFlag stop;
  LineReaderOptions lines;
  lines.stop = &stop;
  std::istringstream text("a\nb\n");
  LineReader source(text, "a.de");
  LineReader target(waiting.get(), "a.en", lines);
  std::thread stopping([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request(2);
  });
  ParallelTextOptions options;
  options.stop = &stop;
  EXPECT_NO_THROW(EXPECT_EQ(read_parallel_text(source, target, options).num_pairs(), 0));
  stopping.join();
}

TEST(ParallelText, RefusesSidesOfDifferentLengthWithBothNumbers) {
  EXPECT_THAT(refusal("a\nb\nc\n", "a\n"), HasSubstr("a.de: 3 lines, but a.en has 1"));
  EXPECT_THAT(refusal("a\n", "a\nb\n"), HasSubstr("a.de: 1 line, but a.en has 2"));
  EXPECT_THAT(refusal("", "a\nb\n"), HasSubstr("a.de: 0 lines, but a.en has 2"));
}

TEST(ParallelText, RefusesAnEmptyText) {
  EXPECT_THAT(refusal("", ""), HasSubstr("there is no line to align"));
}

TEST(ParallelText, NamesTheLineThatIsNotUtf8) {
  EXPECT_THAT(refusal("gut\nschlecht \xff\n", "a\nb\n"),
              HasSubstr("a.de:2: byte 10: invalid UTF-8"));
}

TEST(ParallelText, LeavesOutTheWordsOfLongLines) {
  ParallelTextOptions options;
  options.max_words = 2;
  const ParallelText text = pairs_of("a b c\nd e\n", "x\ny\n", options);
  EXPECT_EQ(text.num_pairs(), 2);
  EXPECT_TRUE(text.source.line(0).empty());
  EXPECT_EQ(text.source.line(1).size(), 2U);
  EXPECT_EQ(text.source.num_long_lines(), 1);
}

TEST(ParallelText, KnowsATextByItsFingerprint) {
  const std::uint64_t one = pairs_of("a b\nc\n", "x\ny\n").fingerprint;
  EXPECT_EQ(pairs_of("a b\nc\n", "x\ny\n").fingerprint, one);
  EXPECT_NE(pairs_of("a\nb c\n", "x\ny\n").fingerprint, one);
  EXPECT_NE(pairs_of("a b\nc\n", "y\nx\n").fingerprint, one);
}

}  // namespace
}  // namespace regard
