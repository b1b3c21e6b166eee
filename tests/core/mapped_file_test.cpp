#include "regard/core/mapped_file.h"

#include <cstring>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/files.h"

#include "core/file_support.h"

namespace regard {
namespace {

using testing::HasSubstr;

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(MappedFile, HoldsTheBytesOfAFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "contents");
  const auto file = MappedFile::open(folder / "a");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(text_of(*file), "contents");
  EXPECT_EQ(text_of(MappedFile::open_private(folder / "a", 8, "")), "contents");
}

TEST(MappedFile, LivesAsLongAsOneOfItsCopies) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "contents");
  auto file = MappedFile::open(folder / "a");
  ASSERT_TRUE(file.has_value());
  const MappedFile copy = *file;
  const std::shared_ptr<void> memory = file->memory();
  file.reset();
  EXPECT_EQ(text_of(copy), "contents");
  EXPECT_EQ(memory.get(), copy.bytes().data());
  EXPECT_EQ(memory.use_count(), 2);
}

TEST(MappedFile, IsEmptyForAnEmptyFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "");
  const auto file = MappedFile::open(folder / "a");
  ASSERT_TRUE(file.has_value());
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, GivesNothingForWhatIsNoReadableFile) {
  const test::TemporaryFolder folder;
  EXPECT_FALSE(MappedFile::open(folder / "none").has_value());
  EXPECT_FALSE(MappedFile::open(folder.path()).has_value());
  EXPECT_FALSE(MappedFile::open("/dev/null").has_value());
}

TEST(MappedFile, KeepsWhatIsWrittenThereFromTheFile) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "contents");
  const MappedFile file = MappedFile::open_private(folder / "a", 1, "");
  std::memcpy(file.memory().get(), "C", 1);
  EXPECT_EQ(text_of(file), "Contents");
  EXPECT_EQ(test::slurp(folder / "a"), "contents");
}

TEST(MappedFile, NamesWhatIsWrongWithAFileOfTheUser) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder / "a", "1234567");
  try {
    MappedFile::open_private(folder / "a", 8, "copy it again");
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder / "a").string() + ": has only 7 bytes"));
    EXPECT_THAT(error.what(), HasSubstr("copy it again"));
  }
  EXPECT_THROW(MappedFile::open_private(folder / "none", 1, ""), UserError);
  EXPECT_THROW(MappedFile::open_private(folder.path(), 1, ""), UserError);
}

}  // namespace
}  // namespace regard
