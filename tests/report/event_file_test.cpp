#include "regard/report/event_file.h"

#include <cstring>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "formats/temporary_folder.h"
#include "report/crc32c.h"

namespace regard {
namespace {

// RFC 3720, appendix B.4, and the check value of the Castagnoli polynomial.
TEST(Crc32c, EqualsPublishedVectors) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, MasksByRotationAndAddition) {
  const std::uint32_t crc = 0xE3069283U;
  EXPECT_EQ(masked_crc32c("123456789"), ((crc >> 15) | (crc << 17)) + 0xA282EAD8U);
}

// Golden file: scripts/golden/make_event_file_golden.py.
TEST(EventFile, EqualsTheFileOfTensorBoardByteForByte) {
  const TemporaryFolder folder;
  EventFileWriter writer(folder.path(), 1700000000.25);
  writer.start_session(100, 1700000001.0);
  writer.scalar("train/loss", 100, 6.25, 1700000002.5);
  writer.scalar("valid/bleu", 123456789012, 27.31, 1700000003.75);
  writer.scalar("valid/bleu", 300, std::numeric_limits<double>::infinity(), 1700000004.0);
  writer.scalar(std::string(300, 't'), 1, -1e-7, 1700000005.0);
  writer.flush();
  const std::string golden = bytes_of("tests/golden/report/reference.tfevents");
  ASSERT_GT(golden.size(), 500U);
  EXPECT_EQ(bytes_of(writer.path()), golden);
}

TEST(EventFile, IsNamedSuchThatTensorBoardFindsIt) {
  const TemporaryFolder folder;
  const EventFileWriter writer(folder / "deep/inside", 1700000000.9);
  EXPECT_EQ(writer.path().parent_path(), folder / "deep/inside");
  EXPECT_THAT(writer.path().filename().string(),
              testing::StartsWith("events.out.tfevents.1700000000."));
}

/// Number of whole records, or -1 when a record is cut or its checksum wrong.
int count_records(const std::string& bytes) {
  int records = 0;
  for (std::size_t i = 0; i < bytes.size(); ++records) {
    if (bytes.size() - i < 16) return -1;
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + i, sizeof length);
    std::uint32_t crc = 0;
    std::memcpy(&crc, bytes.data() + i + 8, sizeof crc);
    if (crc != masked_crc32c(std::string_view(bytes).substr(i, 8))) return -1;
    if (length > bytes.size() - i - 16) return -1;
    std::memcpy(&crc, bytes.data() + i + 12 + length, sizeof crc);
    if (crc != masked_crc32c(std::string_view(bytes).substr(i + 12, length))) return -1;
    i += 16 + length;
  }
  return records;
}

TEST(EventFile, HoldsWholeRecordsAtEveryMoment) {
  const TemporaryFolder folder;
  EventFileWriter writer(folder.path(), 1.0);
  EXPECT_EQ(count_records(bytes_of(writer.path())), 1);
  int seen = 1;
  for (int step = 0; step < 3000; ++step) {
    writer.scalar("train/loss", step, 1.0 / (step + 1), 2.0 + step);
    if (step % 100 != 0) continue;
    const int records = count_records(bytes_of(writer.path()));
    ASSERT_GE(records, seen);
    seen = records;
  }
  EXPECT_GT(seen, 1) << "a full buffer is written without flush()";
  writer.flush();
  EXPECT_EQ(count_records(bytes_of(writer.path())), 3001);
}

TEST(EventFile, AppendsToAFileOfTheSameName) {
  const TemporaryFolder folder;
  std::string before;
  {
    EventFileWriter writer(folder.path(), 5.0);
    writer.scalar("a", 1, 1, 6.0);
    writer.flush();
    before = bytes_of(writer.path());
  }
  EventFileWriter writer(folder.path(), 5.0);
  EXPECT_THAT(bytes_of(writer.path()), testing::StartsWith(before));
  EXPECT_EQ(count_records(bytes_of(writer.path())), 3);
}

TEST(EventFile, WritesTheRestWhenItGoes) {
  const TemporaryFolder folder;
  std::filesystem::path path;
  {
    EventFileWriter writer(folder.path(), 5.0);
    writer.scalar("a", 1, 1, 6.0);
    path = writer.path();
  }
  EXPECT_EQ(count_records(bytes_of(path)), 2);
}

TEST(EventFile, NamesTheFolderThatCannotBeMade) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "x");
  try {
    const EventFileWriter writer(folder / "file/events", 5.0);
    FAIL() << "no error";
  } catch (const RunError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr((folder / "file/events").string()));
  }
}

}  // namespace
}  // namespace regard
