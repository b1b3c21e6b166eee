#include "regard/text/line_reader.h"

#include <chrono>
#include <sstream>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/random.h"

#include "core/file_support.h"
#include "text/packing.h"

namespace regard {
namespace {

using test::gzip;
using test::spill;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> texts(LineReader reader) {
  std::vector<std::string> found;
  Line line;
  while (reader.next(line))
    found.push_back(line.text);
  return found;
}

std::vector<std::string> lines_of(const std::string& input, const LineReaderOptions& options = {}) {
  std::istringstream stream(input);
  return texts(LineReader(stream, "input", options));
}

template <class Function>
std::string message_of(Function function) {
  try {
    function();
  } catch (const UserError& error) {
    return error.what();
  }
  return "no UserError";
}

class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_) != 0) throw std::runtime_error("pipe failed");
  }
  ~Pipe() {
    ::close(ends_[0]);
    finish();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int reading() const { return ends_[0]; }
  void write(const std::string& bytes) const {
    if (::write(ends_[1], bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("write failed");
    }
  }
  void finish() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST(LineReader, GivesLinesAndNumbers) {
  std::istringstream stream("eins\n\nzwei\n");
  LineReader reader(stream, "input");
  Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "eins");
  EXPECT_EQ(line.number, 1);
  EXPECT_FALSE(line.was_cut);
  EXPECT_EQ(line.invalid_byte, Line::kValid);
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "");
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "zwei");
  EXPECT_EQ(line.number, 3);
  EXPECT_FALSE(reader.next(line));
  EXPECT_FALSE(reader.next(line));
}

TEST(LineReader, EmptyInputHasNoLines) {
  EXPECT_THAT(lines_of(""), IsEmpty());
}

TEST(LineReader, TheLastLineNeedsNoNewline) {
  EXPECT_THAT(lines_of("a\nb"), ElementsAre("a", "b"));
  EXPECT_THAT(lines_of("\n"), ElementsAre(""));
}

TEST(LineReader, DropsOnlyOneFinalCarriageReturn) {
  EXPECT_THAT(lines_of("a\r\nb\r\r\nc\rd\ne\r"), ElementsAre("a", "b\r", "c\rd", "e"));
}

TEST(LineReader, OnlyNewlineEndsALine) {
  const std::string text = "a\u2028b\u2029c\u0085d\fe\vf";
  EXPECT_THAT(lines_of(text + "\nz"), ElementsAre(text, "z"));
}

TEST(LineReader, KeepsNulBytes) {
  EXPECT_THAT(lines_of(std::string("a\0b\nc", 5)), ElementsAre(std::string("a\0b", 3), "c"));
}

TEST(LineReader, DropsAByteOrderMarkAtTheStartOnly) {
  EXPECT_THAT(lines_of("\xEF\xBB\xBFx\n\xEF\xBB\xBFy"), ElementsAre("x", "\xEF\xBB\xBFy"));
  EXPECT_THAT(lines_of("\xEF\xBB\xBF\n"), ElementsAre(""));
}

TEST(LineReader, InvalidUtf8IsAnErrorWithLineAndByte) {
  EXPECT_THAT(message_of([] { lines_of("gut\nab\xFF\n"); }),
              HasSubstr("input:2: byte 3: invalid UTF-8"));
}

TEST(LineReader, InvalidUtf8CanBeReplacedSkippedOrKept) {
  const std::string input = "a\nb\xC3\nc\n";
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::replace;
  EXPECT_THAT(lines_of(input, options), ElementsAre("a", "b\uFFFD", "c"));
  options.invalid_utf8 = InvalidUtf8::keep;
  EXPECT_THAT(lines_of(input, options), ElementsAre("a", "b\xC3", "c"));

  options.invalid_utf8 = InvalidUtf8::skip;
  std::istringstream stream(input);
  LineReader reader(stream, "input", options);
  Line line;
  ASSERT_TRUE(reader.next(line));
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "c");
  EXPECT_EQ(line.number, 3);
  EXPECT_EQ(reader.skipped_lines(), 1);
}

TEST(LineReader, ReplacedLinesSayWhereTheBadByteWas) {
  std::istringstream stream("ab\xFF");
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::replace;
  LineReader reader(stream, "input", options);
  Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.invalid_byte, 2u);
}

TEST(LineReader, CutsOverlongLinesAtACharacter) {
  LineReaderOptions options;
  options.max_line_bytes = 6;
  std::istringstream stream("123456\r\nabcde\u00e4fghi\nx\n1234567");
  LineReader reader(stream, "input", options);
  Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "123456");
  EXPECT_FALSE(line.was_cut);
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "abcde");
  EXPECT_TRUE(line.was_cut);
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "x");
  EXPECT_EQ(line.number, 3);
  EXPECT_FALSE(line.was_cut);
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "123456");
  EXPECT_TRUE(line.was_cut);
  EXPECT_FALSE(reader.next(line));
}

TEST(LineReader, CuttingHidesNoInvalidBytes) {
  LineReaderOptions options;
  options.max_line_bytes = 6;
  EXPECT_THAT(message_of([&] { lines_of(std::string(100, '\x80') + "\n", options); }),
              HasSubstr("input:1: byte 1: invalid UTF-8"));
}

TEST(LineReader, AByteOrderMarkCountsNothingInAnOverlongLine) {
  LineReaderOptions options;
  options.max_line_bytes = 6;
  Pipe pipe;
  LineReader reader(pipe.reading(), "stdin", options);
  // The line is too long only with the mark, and its end is not there yet.
  pipe.write(
      "\xEF\xBB\xBF"
      "abcde");
  EXPECT_FALSE(reader.has_buffered_line());
  pipe.write("f\nz\n");
  Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "abcdef");
  EXPECT_FALSE(line.was_cut);
}

TEST(LineReader, LongLinesCrossTheBuffer) {
  const std::string longest(1'000'000, 'x');
  EXPECT_THAT(lines_of("a\n" + longest + "\nb"), ElementsAre("a", longest, "b"));
  const auto cut = lines_of("a\n" + std::string(5'000'000, 'y') + "\nb");
  ASSERT_EQ(cut.size(), 3u);
  EXPECT_EQ(cut[1].size(), std::size_t{1} << 20);
  EXPECT_EQ(cut[2], "b");
}

TEST(LineReader, RandomTextEqualsAPlainSplit) {
  RandomStream random(7);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> expected(1 + static_cast<std::size_t>(random.below(50)));
    std::string input;
    for (std::string& line : expected) {
      line.assign(static_cast<std::size_t>(random.below(20'000)), 'k');
      input += line + "\n";
    }
    ASSERT_EQ(lines_of(input), expected);
  }
}

TEST(LineReader, ReadsPlainFiles) {
  TemporaryFolder folder;
  spill(folder / "a.txt", "eins\nzwei\n");
  EXPECT_THAT(texts(LineReader(folder / "a.txt")), ElementsAre("eins", "zwei"));
}

TEST(LineReader, UnpacksGzipToldByItsContent) {
  TemporaryFolder folder;
  spill(folder / "a.txt", gzip("\xEF\xBB\xBF"
                               "eins\r\nzw") +
                              gzip("ei\n"));
  spill(folder / "plain.gz", "kein gzip\n");
  EXPECT_THAT(texts(LineReader(folder / "a.txt")), ElementsAre("eins", "zwei"));
  EXPECT_THAT(texts(LineReader(folder / "plain.gz")), ElementsAre("kein gzip"));
}

TEST(LineReader, RefusesDamagedGzip) {
  TemporaryFolder folder;
  std::string text;
  RandomStream random(3);
  for (int i = 0; i < 20'000; ++i)
    text += std::to_string(random.next()) + "\n";
  const std::string whole = gzip(text);
  ASSERT_GT(whole.size(), 100'000u);
  const auto read = [&](const std::string& bytes) {
    spill(folder / "x.gz", bytes);
    return message_of([&] { texts(LineReader(folder / "x.gz")); });
  };
  EXPECT_EQ(read(whole), "no UserError");
  EXPECT_THAT(read(whole.substr(0, whole.size() / 2)),
              HasSubstr("x.gz: the gzip file is truncated"));
  EXPECT_THAT(read(whole.substr(0, whole.size() - 3)), HasSubstr("truncated"));
  std::string flipped = whole;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x10);
  EXPECT_THAT(read(flipped), HasSubstr("x.gz: the gzip file is corrupt"));
}

TEST(LineReader, RefusesGzipWithADamagedLaterMember) {
  TemporaryFolder folder;
  const std::string one = gzip("eins\n");
  const std::string two = gzip("zwei\n");
  const auto read = [&](const std::string& bytes) {
    spill(folder / "x.gz", bytes);
    return message_of([&] { texts(LineReader(folder / "x.gz")); });
  };
  EXPECT_EQ(read(one + two), "no UserError");
  for (std::size_t length = 1; length < two.size(); ++length) {
    ASSERT_THAT(read(one + two.substr(0, length)), HasSubstr("x.gz: the gzip file is truncated"));
  }
  for (const std::size_t at : {0, 1, 2}) {
    std::string damaged = two;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    EXPECT_THAT(read(one + damaged), HasSubstr("x.gz: the gzip file is corrupt")) << at;
  }
  EXPECT_THAT(read(one + "garbage"), HasSubstr("x.gz: the gzip file is corrupt"));
}

TEST(LineReader, TakesZerosAfterGzipForPadding) {
  TemporaryFolder folder;
  spill(folder / "x.gz", gzip("eins\n") + std::string(512, '\0'));
  EXPECT_THAT(texts(LineReader(folder / "x.gz")), ElementsAre("eins"));
}

TEST(LineReader, AGzipBombStaysSmall) {
  TemporaryFolder folder;
  spill(folder / "bomb.gz", gzip(std::string(50'000'000, 'a') + "\nb\n"));
  LineReader reader(folder / "bomb.gz");
  Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_TRUE(line.was_cut);
  EXPECT_EQ(line.text.size(), std::size_t{1} << 20);
  EXPECT_LT(line.text.capacity(), std::size_t{3} << 20);
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "b");
}

TEST(LineReader, NamesFilesThatCannotBeRead) {
  TemporaryFolder folder;
  EXPECT_THAT(message_of([&] { LineReader(folder / "none"); }),
              HasSubstr("none: cannot be opened: No such file or directory"));
  EXPECT_THAT(message_of([&] { LineReader reader(folder.path()); }), HasSubstr("is a directory"));
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_THAT(message_of([&] { LineReader(folder / "loop"); }),
              HasSubstr("loop: cannot be opened: Too many levels of symbolic links"));
}

TEST(LineReader, ReadsANamedPipe) {
  TemporaryFolder folder;
  const auto path = folder / "fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { spill(path, "aus\nder Leitung\n"); });
  EXPECT_THAT(texts(LineReader(path)), ElementsAre("aus", "der Leitung"));
  writer.join();
}

TEST(LineReader, GivesALineFromAPipeBeforeTheNextComes) {
  Pipe pipe;
  LineReader reader(pipe.reading(), "stdin");
  EXPECT_FALSE(reader.has_buffered_line());
  Line line;
  for (const std::string text : {"eins", "zwei", "drei"}) {
    pipe.write(text + "\n");
    ASSERT_TRUE(reader.next(line));  // would wait for ever if it wanted more than the line
    EXPECT_EQ(line.text, text);
    EXPECT_FALSE(reader.has_buffered_line());
  }
}

TEST(LineReader, KnowsWhetherALineIsThere) {
  Pipe pipe;
  LineReader reader(pipe.reading(), "stdin");
  pipe.write("a\nb\nhalb");
  EXPECT_TRUE(reader.has_buffered_line());
  Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_TRUE(reader.has_buffered_line());
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "b");
  EXPECT_FALSE(reader.has_buffered_line());
  pipe.write("e\n");
  EXPECT_TRUE(reader.has_buffered_line());
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.text, "halbe");
  pipe.finish();
  EXPECT_TRUE(reader.has_buffered_line());
  EXPECT_FALSE(reader.next(line));
}

TEST(LineReader, AStopRequestEndsTheWaiting) {
  Pipe pipe;
  StopFlag stop;
  LineReaderOptions options;
  options.stop = &stop;
  LineReader reader(pipe.reading(), "stdin", options);
  std::thread requester([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request(2);
  });
  Line line;
  EXPECT_FALSE(reader.next(line));
  requester.join();
}

}  // namespace
}  // namespace regard
