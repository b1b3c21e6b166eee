#include <chrono>
#include <stdexcept>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/formats/zip.h"

#include "formats/zip_fixture.h"

namespace regard {
namespace {

using testing::HasSubstr;

class ZipWriter : public ZipFixture {
 protected:
  /// Writing must throw invalid_argument and leave what was there.
  void expect_invalid(const std::vector<ZipEntry>& entries, const std::string& why) {
    write_bytes(path_, "old");
    try {
      write_zip(path_, entries);
      ADD_FAILURE() << "nothing thrown: " << why;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
    EXPECT_EQ(bytes_of(path_), "old");
  }
  void expect_bad_name(const std::string& name, const std::string& why) {
    expect_invalid({entry(name, "x")}, why);
  }
};

TEST_F(ZipWriter, PacksUnlessTold) {
  EXPECT_LT(small_file(ZipMethod::deflated).size(), 250U);
  EXPECT_GT(small_file(ZipMethod::stored).size(), 1000U);
  EXPECT_THAT(small_file(ZipMethod::stored), HasSubstr(std::string(1000, 'x')));
}

TEST_F(ZipWriter, WritesTheSameBytesForTheSameContents) {
  const ZipEntry first = entry("a", "contents");
  const ZipEntry second = entry("a", "contents");
  ASSERT_EQ(::chmod(second.file.c_str(), 0700), 0);
  std::filesystem::last_write_time(
      second.file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(24 * 365));
  const std::string bytes = zipped({first}, ZipMethod::deflated);
  EXPECT_EQ(zipped({second}, ZipMethod::deflated), bytes);
  EXPECT_EQ(bytes.substr(10, 4), std::string("\0\0\x21\0", 4));  // 1980-01-01, 00:00
}

TEST_F(ZipWriter, RefusesNamesThatWouldLeadElsewhere) {
  expect_bad_name("", "is empty");
  expect_bad_name("/a", "has an empty part");
  expect_bad_name("a/", "has an empty part");
  expect_bad_name("a//b", "has an empty part");
  expect_bad_name("../a", "'..'");
  expect_bad_name("a/./b", "'.' or");
  expect_bad_name("a\\b", "backslash");
  expect_bad_name(std::string("a\0b", 3), "zero byte");
  expect_bad_name("\xFF", "UTF-8");
  expect_bad_name(std::string(65'536, 'a'), "65,535");
  expect_invalid({entry("a", "1"), entry("a", "2")}, "'a' occurs twice");
  expect_invalid(std::vector<ZipEntry>(65'535), "65,534 entries");
}

TEST_F(ZipWriter, WritesTheLongestName) {
  const std::string name(65'535, 'n');
  zipped({entry(name, "contents")}, ZipMethod::deflated);
  EXPECT_EQ(ZipFile::open(path_).read(name, 8), "contents");
}

TEST_F(ZipWriter, NamesMissingInputAndLeavesTheOldFile) {
  write_bytes(path_, "old");
  const std::vector<ZipEntry> entries = {entry("a", "1"), {"b", folder_ / "none"}};
  EXPECT_THROW(write_zip(path_, entries), UserError);
  const std::vector<ZipEntry> folders = {{"b", folder_.path()}};
  EXPECT_THROW(write_zip(path_, folders), UserError);
  EXPECT_EQ(bytes_of(path_), "old");
}

TEST_F(ZipWriter, RemovesAnUnfinishedFile) {
  // The system states 0 bytes for this file and gives more.
  const std::vector<ZipEntry> entries = {entry("a", "1"), {"b", "/proc/self/status"}};
  EXPECT_THROW(write_zip(path_, entries), RunError);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ZipWriter, NamesWhatTheSystemRefuses) {
  const std::vector<ZipEntry> small = {entry("a", "1")};
  EXPECT_THROW(write_zip(folder_ / "none" / "a.zip", small), RunError);
  EXPECT_THROW(write_zip(folder_.path(), small), RunError);
  const std::vector<ZipEntry> large = {entry("a", std::string(1'000'000, 'x'))};
  for (const auto& entries : {small, large}) {
    // A link of ours: should the writer remove what it did not make, it is not the device.
    std::filesystem::remove(path_);
    std::filesystem::create_symlink("/dev/full", path_);
    try {
      write_zip(path_, entries, ZipMethod::stored);
      ADD_FAILURE() << "a full disk was not seen";
    } catch (const RunError& error) {
      EXPECT_THAT(error.what(), HasSubstr("No space left"));
    }
    EXPECT_TRUE(std::filesystem::is_symlink(path_));
  }
}

}  // namespace
}  // namespace regard
