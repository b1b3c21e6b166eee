#include "regard/core/file_writer.h"

#include <csignal>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "core/file_support.h"

namespace regard {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(FileWriter, ReplacesOrContinuesAFile) {
  const test::TemporaryFolder folder;
  {
    FileWriter file(folder / "a", FileWriter::Mode::replace);
    file.write(bytes_of("one"));
    EXPECT_EQ(test::slurp(folder / "a"), "one") << "nothing is kept back";
    file.close();
  }
  FileWriter(folder / "a", FileWriter::Mode::append).write(bytes_of(" two"));
  EXPECT_EQ(test::slurp(folder / "a"), "one two");
  FileWriter(folder / "a", FileWriter::Mode::replace).write(bytes_of("three"));
  EXPECT_EQ(test::slurp(folder / "a"), "three");
}

TEST(FileWriter, ReportsAFullDisk) {
  FileWriter file("/dev/full", FileWriter::Mode::append);
  try {
    file.write(bytes_of("x"));
    FAIL() << "no error";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/dev/full: cannot be written: No space left"));
  }
}

/// Files of this process may not grow beyond it, as on a disk that is full at that size.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  SizeLimit(const SizeLimit&) = delete;
  SizeLimit& operator=(const SizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST(FileWriter, CutsOffWhatItCouldNotWriteToTheEnd) {
  const test::TemporaryFolder folder;
  FileWriter file(folder / "a", FileWriter::Mode::append);
  file.write(bytes_of("whole;"));
  {
    const SizeLimit limit(8);
    EXPECT_THROW(file.write(bytes_of("half")), RunError);
  }
  EXPECT_EQ(test::slurp(folder / "a"), "whole;");
  file.write(bytes_of("next"));
  EXPECT_EQ(test::slurp(folder / "a"), "whole;next");
}

TEST(FileWriter, NamesAFileThatCannotBeOpened) {
  const test::TemporaryFolder folder;
  try {
    const FileWriter file(folder / "none/a", FileWriter::Mode::replace);
    FAIL() << "no error";
  } catch (const RunError& error) {
    EXPECT_EQ(error.what(),
              (folder / "none/a").string() + ": cannot be opened: No such file or directory.");
  }
}

}  // namespace
}  // namespace regard
