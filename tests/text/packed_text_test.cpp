#include <cstring>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/random.h"
#include "regard/text/line_reader.h"

#include "core/file_support.h"
#include "text/packing.h"

namespace regard {
namespace {

using test::Packing;
using test::packings;
using test::spill;
using test::TemporaryFolder;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> packed_texts(LineReader reader) {
  std::vector<std::string> found;
  Line line;
  while (reader.next(line))
    found.push_back(line.text);
  return found;
}

/// Reads the bytes as a file called `name`.
std::vector<std::string> read_as(const std::string& name, const std::string& bytes,
                                 InvalidUtf8 policy = InvalidUtf8::error) {
  TemporaryFolder folder;
  spill(folder / name, bytes);
  LineReaderOptions options;
  options.invalid_utf8 = policy;
  return packed_texts(LineReader(folder / name, options));
}

std::string refusal(const std::string& name, const std::string& bytes) {
  try {
    read_as(name, bytes);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no UserError";
}

/// Text that packs badly, so that the packed bytes are many.
std::string numbers(int count) {
  RandomStream random(3);
  std::string text;
  for (int i = 0; i < count; ++i)
    text += std::to_string(random.next()) + "\n";
  return text;
}

TEST(PackedText, IsToldByItsFirstBytesNotByItsName) {
  for (const Packing& packing : packings()) {
    EXPECT_THAT(read_as("x.txt", packing.pack("\xEF\xBB\xBF"
                                              "eins\r\nzw") +
                                     packing.pack("ei\n")),
                ElementsAre("eins", "zwei"))
        << packing.name;
    EXPECT_THAT(read_as("x." + packing.name, "plain\n"), ElementsAre("plain"));
    EXPECT_THAT(read_as("x", packing.pack("")), ElementsAre()) << packing.name;
  }
}

TEST(PackedText, OfManyMembersAndMegabytesIsWhole) {
  const std::string text = numbers(40'000);
  const std::vector<std::string> expected = read_as("plain", text);
  ASSERT_EQ(expected.size(), 40'000u);
  for (const Packing& packing : packings()) {
    std::string packed = packing.pack(text.substr(0, 300'001)) + packing.pack("");
    packed += packing.pack(text.substr(300'001));
    EXPECT_EQ(read_as("x", packed), expected) << packing.name;
  }
}

TEST(PackedText, IsReadFromPipesToo) {
  for (const Packing& packing : packings()) {
    const std::string packed = packing.pack("aus\nder Leitung\n");
    TemporaryFolder folder;
    const auto path = folder / "fifo";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::thread writer([&] { spill(path, packed); });
    EXPECT_THAT(packed_texts(LineReader(path)), ElementsAre("aus", "der Leitung")) << packing.name;
    writer.join();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    LineReader reader(ends[0], "standard input");
    Line line;
    // Byte by byte, and never waited for while it is asked whether a line is there.
    for (const char byte : packed) {
      reader.has_buffered_line();
      ASSERT_EQ(::write(ends[1], &byte, 1), 1);
    }
    ASSERT_TRUE(reader.has_buffered_line()) << packing.name;
    ASSERT_TRUE(reader.next(line));
    EXPECT_EQ(line.text, "aus");
    ASSERT_TRUE(reader.has_buffered_line());
    ASSERT_TRUE(reader.next(line));
    EXPECT_FALSE(reader.has_buffered_line());
    ::close(ends[1]);
    EXPECT_TRUE(reader.has_buffered_line());
    EXPECT_FALSE(reader.next(line));
    ::close(ends[0]);
  }
}

TEST(PackedText, ThatIsCutShortIsRefusedWhereverItEnds) {
  for (const Packing& packing : packings()) {
    const std::string whole = packing.pack("eins\nzwei\n") + packing.pack("drei\n");
    const std::size_t first = packing.pack("eins\nzwei\n").size();
    ASSERT_EQ(refusal("x", whole), "no UserError");
    for (std::size_t length = packing.sign_bytes; length < whole.size(); ++length) {
      if (length == first) continue;
      EXPECT_THAT(refusal("x", whole.substr(0, length)),
                  HasSubstr("x: the " + packing.name + " file is truncated at byte"))
          << length;
    }
  }
}

TEST(PackedText, ThatIsDamagedNeverGivesAnotherText) {
  const std::string text = numbers(100);
  const std::vector<std::string> expected = read_as("plain", text);
  for (const Packing& packing : packings()) {
    const std::string whole = packing.pack(text);
    int refused = 0;
    for (std::size_t at = packing.sign_bytes; at < whole.size(); at += 13) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      try {
        EXPECT_EQ(read_as("x", damaged), expected) << packing.name << " " << at;
      } catch (const UserError& error) {
        EXPECT_THAT(error.what(), AnyOf(HasSubstr("x: the " + packing.name + " file is "),
                                        HasSubstr("x: decompressing the " + packing.name)));
        ++refused;
      }
    }
    EXPECT_GT(refused, static_cast<int>(whole.size() / 13 / 2)) << packing.name;
  }
}

TEST(PackedText, WithSomethingElseBehindItIsRefused) {
  for (const Packing& packing : packings()) {
    const std::string one = packing.pack("eins\n");
    EXPECT_THAT(refusal("x", one + "garbage, and more of it"),
                HasSubstr("x: the " + packing.name + " file is corrupt near byte"));
  }
  EXPECT_THAT(read_as("x", test::xz("eins\n") + std::string(64, '\0')), ElementsAre("eins"));
  EXPECT_THAT(read_as("x", test::gzip("eins\n") + std::string(512, '\0')), ElementsAre("eins"));
}

TEST(PackedText, BombsStaySmall) {
  for (const Packing& packing : packings()) {
    TemporaryFolder folder;
    spill(folder / "bomb", packing.pack(std::string(30'000'000, 'a') + "\nb\n"));
    LineReader reader(folder / "bomb");
    Line line;
    ASSERT_TRUE(reader.next(line)) << packing.name;
    EXPECT_TRUE(line.was_cut);
    EXPECT_LT(line.text.capacity(), std::size_t{3} << 20);
    ASSERT_TRUE(reader.next(line));
    EXPECT_EQ(line.text, "b");
  }
}

/// A frame with a window of 2^log bytes and the text "a\n".
std::string zstd_frame(int log) {
  std::string frame = "\x28\xb5\x2f\xfd";
  frame += '\0';
  frame += static_cast<char>((log - 10) << 3);
  frame += std::string("\x11\0\0a\n", 5);  // the last block, not packed, two bytes
  return frame;
}

/// xz data whose header asks for a dictionary of the size that `code` stands for.
std::string xz_with_dictionary(std::uint8_t code) {
  constexpr std::size_t kBlock = 12;  // the header of the stream comes first
  std::string packed = test::xz("a\n");
  const std::size_t header = (static_cast<std::size_t>(packed[kBlock]) + 1) * 4;
  const std::size_t filter = packed.find("\x21\x01", kBlock);
  EXPECT_LT(filter, kBlock + header);
  packed[filter + 2] = static_cast<char>(code);
  const std::uint32_t sum =
      lzma_crc32(reinterpret_cast<const std::uint8_t*>(packed.data()) + kBlock, header - 4, 0);
  for (std::size_t i = 0; i < 4; ++i)
    packed[kBlock + header - 4 + i] = static_cast<char>(sum >> (8 * i));
  return packed;
}

TEST(PackedText, ThatNeedsTooLargeAWindowIsRefused) {
  EXPECT_THAT(read_as("x", zstd_frame(27)), ElementsAre("a"));
  EXPECT_THAT(
      refusal("x", zstd_frame(28)),
      HasSubstr("x: decompressing the zstd file takes more of memory, more than the 128 MiB"));
  EXPECT_THAT(read_as("x", xz_with_dictionary(30)), ElementsAre("a"));  // 128 MiB
  EXPECT_THAT(
      refusal("x", xz_with_dictionary(32)),
      HasSubstr("x: decompressing the xz file takes 257 MiB of memory, more than the 128 MiB"));
}

TEST(PackedText, MayBeginWithASkippableFrameOfZstd) {
  const std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  EXPECT_THAT(read_as("x", skippable + test::zstd("eins\n")), ElementsAre("eins"));
}

std::string tar_archive() {
  std::string tar(1024, '\0');
  tar.replace(0, 5, "a.txt");
  tar.replace(257, 5, "ustar");
  return tar;
}

TEST(PackedText, OfWhatIsNoTextIsRefusedByName) {
  for (const Packing& packing : packings()) {
    EXPECT_THAT(refusal("x", packing.pack(tar_archive())),
                HasSubstr("x: is " + packing.name + " data of a tar archive, not of a text"));
    EXPECT_THAT(refusal("x", packing.pack(test::gzip("a\n"))),
                HasSubstr("x: is " + packing.name + " data of gzip data"));
  }
}

/// UTF-16 of ASCII.
std::string wide(const std::string& text, bool is_little) {
  std::string bytes;
  for (const char c : text)
    bytes += is_little ? std::string{c, '\0'} : std::string{'\0', c};
  return bytes;
}

TEST(BinaryFiles, AreRefusedByName) {
  using namespace std::string_literals;
  const std::string text = "Das ist ein Satz.\nUnd noch einer.\n";
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"PK\3\4\x14\0\0\0\x08\0a.txt"s, "a zip archive"},
      {"PK\3\4\x14\0\0\0\x08\0[Content_Types].xml"s, "an Office document"},
      {"PK\3\4\0\0\x08\x08model/data.pkl"s, "a PyTorch file"},
      {"7z\xbc\xaf\x27\x1c\0\4"s, "a 7z archive"},
      {"Rar!\x1a\7\1\0"s, "a rar archive"},
      {tar_archive(), "a tar archive"},
      {"\x04\x22\x4d\x18\x64"s, "an lz4 file"},
      {"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"s, "a PDF document"},
      {"{\\rtf1\\ansi Text}\n"s, "an RTF document"},
      {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"s, "an old Office document"},
      {"SQLite format 3\0\x10\0"s, "an SQLite database"},
      {"PAR1\x15\4\x15\0"s, "a Parquet file"},
      {"\x7f\x45LF\2\1\1\0"s, "a program (ELF)"},
      {"MZ\x90\0\3\0\0\0"s, "a program (Windows)"},
      {"\x89PNG\r\n\x1a\n\0\0"s, "a PNG image"},
      {"\xff\xd8\xff\xe0\0\x10JFIF"s, "a JPEG image"},
      {"RIFF\x24\0\0\0WAVE"s, "an audio, video or image file (RIFF)"},
      {"\x80\4\x95\x10\0\0\0\0\0\0\0]"s, "a Python pickle"},
      {"\x93NUMPY\1\0v\0"s, "a NumPy array"},
      {"\x40\0\0\0\0\0\0\0{\"a\":{}}"s, "a safetensors file"},
      {"\n\x0e\n\5<unk>\x15\0\0\0\0\x18\2"s, "a SentencePiece model"},
      {"\xff\xfe"s + wide(text, true), "UTF-16 text"},
      {"\xfe\xff"s + wide(text, false), "UTF-16 text"},
      {"\xff\xfe\0\0a\0\0\0"s, "UTF-32 text"},
      {wide(text, true), "UTF-16 text without a byte order mark"},
      {wide(text, false), "UTF-16 text without a byte order mark"},
      {"\1\2\3"s + std::string(60, '\0') + "abc\n"s, "binary data"},
      {"\xc3\x28\x91\0\xaa\n"s, "binary data"},
  };
  for (const auto& [bytes, name] : kinds) {
    EXPECT_THAT(refusal("s", bytes), HasSubstr("s: is " + name + ", not a text")) << name;
    EXPECT_THAT(refusal("s", test::zstd(bytes)), HasSubstr("zstd data of " + name)) << name;
  }
}

TEST(BinaryFiles, SayWhatToDo) {
  EXPECT_THAT(refusal("s.zip", "PK\3\4"),
              HasSubstr("s.zip: is a zip archive, not a text. Fix: unpack it"));
  EXPECT_THAT(refusal("s", wide("ein Satz ist das\n", false)),
              HasSubstr("iconv -f UTF-16BE -t UTF-8"));
}

TEST(BinaryFiles, AreNotTakenForTextsThatLookSo) {
  using namespace std::string_literals;
  for (const std::string& text :
       {"PK ist kein Archiv\n"s, "BZh91AY ist kein Anfang\n"s, "BZ"s, "MZ\n"s,
        "GIF89a is a format\n"s, "RIFF\n"s, "ID3\n"s, "PAR1\n"s, "7z und rar\n"s, "{\\rt\n"s,
        "%PDF\n"s, "a\0b\n\0\n"s, "\nx\n<y>\n"s, "\x1f\n"s, "P"s, "\0\n"s, "II*\n"s, "\0a\n"s}) {
    std::string expected = text;
    if (expected.ends_with('\n')) expected.pop_back();
    const std::vector<std::string> lines = read_as("s", text);
    std::string joined;
    for (std::size_t i = 0; i < lines.size(); ++i)
      joined += (i == 0 ? "" : "\n") + lines[i];
    EXPECT_EQ(joined, expected);
  }
  EXPECT_THAT(read_as("s", "gr\xfc\xdf Gott\n", InvalidUtf8::keep), ElementsAre("gr\xfc\xdf Gott"));
}

TEST(BinaryFiles, OfManyNulsInLongLinesAreText) {
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "eine Zeile mit einem Zeichen NUL" + std::string(1, '\0') + "\n";
  EXPECT_EQ(read_as("s", text).size(), 200u);
}

}  // namespace
}  // namespace regard
