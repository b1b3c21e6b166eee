#include "regard/core/files.h"

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "core/file_support.h"

namespace regard {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::spill;
using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ReadFile, GivesAllBytes) {
  const TemporaryFolder folder;
  std::string bytes(300000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 7 % 256);
  spill(folder / "f", bytes);
  EXPECT_EQ(read_file(folder / "f"), bytes);
  EXPECT_EQ(read_file(folder / "f", bytes.size()), bytes) << "the limit itself is allowed";
  spill(folder / "empty", "");
  EXPECT_EQ(read_file(folder / "empty"), "");
  EXPECT_EQ(read_file(folder / "empty", 0), "");
}

TEST(ReadFile, ReadsFilesThatStateNoSize) {
  EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("Pid:"));
}

TEST(ReadFile, RefusesWithTheReasonOfTheSystem) {
  const TemporaryFolder folder;
  spill(folder / "long", "12345");
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  fs::create_symlink("loop", folder / "loop");
  const auto read = [&](const std::string& name, std::uint64_t limit = UINT64_MAX) {
    return error_of<UserError>([&] { read_file(folder / name, limit); });
  };
  EXPECT_EQ(read("gone"), (folder / "gone").string() + ": cannot read: No such file or directory.");
  EXPECT_EQ(read(""), folder.path().string() + "/: cannot read: Is a directory.");
  EXPECT_THAT(read("fifo"), HasSubstr("not a regular file"));
  EXPECT_THAT(read("loop"), HasSubstr("Too many levels of symbolic links"));
  EXPECT_THAT(read("long", 4), HasSubstr("longer than 4 bytes"));
  EXPECT_THAT(error_of<UserError>([] { read_file("/dev/zero", 10); }),
              HasSubstr("not a regular file"));
}

TEST(RequireRegularFile, AcceptsAFileAndALinkToOne) {
  const TemporaryFolder folder;
  spill(folder / "f", "x");
  fs::create_symlink("f", folder / "link");
  EXPECT_NO_THROW(require_regular_file(folder / "f"));
  EXPECT_NO_THROW(require_regular_file(folder / "link"));
  EXPECT_THROW(require_regular_file(folder.path()), UserError);
  EXPECT_THROW(require_regular_file(folder / "gone"), UserError);
}

TEST(ReplaceLink, MakesAndReplacesARelativeLink) {
  const TemporaryFolder folder;
  EXPECT_TRUE(replace_link(folder / "best", "update-1"));
  EXPECT_EQ(fs::read_symlink(folder / "best"), "update-1");
  replace_link(folder / "best", folder / "update-2/");
  EXPECT_EQ(fs::read_symlink(folder / "best"), "update-2");
  EXPECT_THAT(folder.names(), ElementsAre("best"));
}

TEST(ReplaceLink, RefusesToReplaceAFolder) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "best");
  EXPECT_THAT(error_of<RunError>([&] { replace_link(folder / "best", "x"); }),
              HasSubstr("cannot create the link: Is a directory"));
  EXPECT_THAT(folder.names(), ElementsAre("best"));
  EXPECT_THROW(replace_link(folder / "gone/best", "x"), RunError);
}

TEST(ReplaceLink, ReplacesAFileThatStandsForALink) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "best", "link to update-1\n");
  EXPECT_TRUE(replace_link(folder / "best", "update-2"));
  EXPECT_EQ(fs::read_symlink(folder / "best"), "update-2");
}

TEST(FollowLinkFile, LeadsToTheEntryBesideIt) {
  const TemporaryFolder folder;
  write_file_atomically(folder / "best", "link to update-1\n");
  EXPECT_EQ(follow_link_file(folder / "best"), folder / "update-1");
}

TEST(FollowLinkFile, LeavesEverythingElseAsItIs) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "folder");
  fs::create_symlink("folder", folder / "link");
  for (const char* text :
       {"", "link to", "link to \n", "link to x", "link to a/b\n", "link to ..\n", "a text\n"}) {
    write_file_atomically(folder / "file", text);
    EXPECT_EQ(follow_link_file(folder / "file"), folder / "file") << text;
  }
  for (const char* name : {"folder", "link", "gone"})
    EXPECT_EQ(follow_link_file(folder / name), folder / name);
}

TEST(Fingerprint, IsFnv1a) {
  EXPECT_EQ(to_hex(fingerprint("")), "cbf29ce484222325");
  EXPECT_EQ(to_hex(fingerprint("a")), "af63dc4c8601ec8c");
  EXPECT_EQ(to_hex(fingerprint("foobar")), "85944171f73967e8");
  EXPECT_EQ(fingerprint("bar", fingerprint("foo")), fingerprint("foobar"));
}

TEST(ToHex, HasSixteenDigits) {
  EXPECT_EQ(to_hex(0), "0000000000000000");
  EXPECT_EQ(to_hex(0xABC), "0000000000000abc");
  EXPECT_EQ(to_hex(UINT64_MAX), "ffffffffffffffff");
}

}  // namespace
}  // namespace regard
