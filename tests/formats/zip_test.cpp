#include "regard/formats/zip.h"

#include <optional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "formats/damage.h"
#include "formats/zip_fixture.h"

namespace regard {
namespace {

using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kNoLimit = SIZE_MAX;
const std::string kCentral = "PK\x01\x02";  // begins an entry's record in the list at the end
// Positions in such a record.
constexpr std::size_t kFlags = 8;
constexpr std::size_t kMethod = 10;
constexpr std::size_t kPackedSize = 20;
constexpr std::size_t kSize = 24;
constexpr std::size_t kName = 46;

std::string number(std::uint64_t value, std::size_t bytes) {
  return {reinterpret_cast<const char*>(&value), bytes};
}

/// `bytes` with `value` put at `offset` into the record number `index` of the list at the end.
std::string patched(std::string bytes, std::size_t index, std::size_t offset,
                    const std::string& value) {
  std::size_t position = bytes.find(kCentral);
  for (std::size_t i = 0; i < index; ++i)
    position = bytes.find(kCentral, position + 1);
  if (position == std::string::npos) throw std::runtime_error("no such record");
  return bytes.replace(position + offset, value.size(), value);
}

class Zip : public ZipFixture {
 protected:
  /// What opening, or reading any entry, says; empty when all can be read.
  std::optional<std::string> problem(const std::string& bytes) {
    write_bytes(path_, bytes);
    try {
      const ZipFile zip = ZipFile::open(path_);
      for (const std::string& name : zip.names())
        EXPECT_EQ(zip.read(name, kNoLimit).size(), zip.size(name));
      return std::nullopt;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string()));
      return error.what();
    }
  }
  void expect_refused(const std::string& bytes, const std::string& why) {
    EXPECT_THAT(problem(bytes).value_or("accepted"), HasSubstr(why));
  }
};

TEST_F(Zip, ReadsBackWhatItWrote) {
  std::string random;
  for (unsigned i = 0, state = 1; i < 300'000; ++i)
    random.push_back(static_cast<char>((state = state * 1664525U + 1013904223U) >> 24));
  for (const ZipMethod method : {ZipMethod::stored, ZipMethod::deflated}) {
    const std::vector<ZipEntry> entries = {entry("folder/model.bin", random), entry("b", ""),
                                           entry("имя ä", "text"), entry("a", std::string(1, 0))};
    write_zip(path_, entries, method);
    const ZipFile zip = ZipFile::open(path_);
    EXPECT_EQ(zip.path(), path_);
    EXPECT_THAT(zip.names(), ElementsAre("folder/model.bin", "b", "имя ä", "a"));
    for (std::size_t i : {3, 0, 2, 1, 0}) {
      SCOPED_TRACE(entries[i].name);
      EXPECT_TRUE(zip.contains(entries[i].name));
      const std::string contents = bytes_of(entries[i].file);
      EXPECT_EQ(zip.size(entries[i].name), contents.size());
      EXPECT_EQ(zip.read(entries[i].name, kNoLimit), contents);
    }
    EXPECT_FALSE(zip.contains("c"));
    EXPECT_THROW(zip.read("c", kNoLimit), UserError);
    EXPECT_THROW(zip.size("c"), UserError);
  }
}

TEST_F(Zip, ReadsAndWritesAnEmptyFile) {
  const std::string bytes = zipped({}, ZipMethod::deflated);
  EXPECT_EQ(bytes, "PK\x05\x06" + std::string(18, '\0'));
  const ZipFile zip = ZipFile::open(path_);
  EXPECT_THAT(zip.names(), IsEmpty());
  EXPECT_THROW(zip.read("a", kNoLimit), UserError);
}

TEST_F(Zip, ReadsFilesOfOtherPrograms) {
  const ZipFile numpy = ZipFile::open("tests/golden/formats/reference_compressed.npz");
  EXPECT_EQ(numpy.names().size(), 12U);
  EXPECT_EQ(numpy.size("zeros.npy"), 4128U);
  EXPECT_EQ(numpy.read("zeros.npy", 4128).substr(128), std::string(4000, '\0'));
  EXPECT_TRUE(numpy.contains("имя/ä.npy"));
  const ZipFile marian = ZipFile::open("tests/golden/formats/marian.npz");
  EXPECT_THAT(marian.read("special:model.yml.npy", 1000), HasSubstr("type: transformer\n"));
}

TEST_F(Zip, ReadsNoMoreThanTheLimit) {
  for (const ZipMethod method : {ZipMethod::stored, ZipMethod::deflated}) {
    small_file(method);
    const ZipFile zip = ZipFile::open(path_);
    EXPECT_EQ(zip.read("a", 1000).size(), 1000U);
    try {
      zip.read("a", 999);
      ADD_FAILURE() << "the limit was ignored";
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr("'a' has 1000 bytes, more than the limit of 999"));
    }
    std::vector<std::byte> memory(1001);
    EXPECT_THROW(zip.read_into("a", memory), std::invalid_argument);
    EXPECT_THROW(zip.read_into("a", std::span(memory).first(999)), std::invalid_argument);
    zip.read_into("a", std::span(memory).first(1000));
    EXPECT_EQ(memory[999], std::byte{'x'});
    EXPECT_EQ(memory[1000], std::byte{0});
  }
}

TEST_F(Zip, BoundsWhatAnEntryCanBecome) {
  const std::string bytes =
      zipped({entry("zeros", std::string(10'000'000, '\0'))}, ZipMethod::deflated);
  const ZipFile zip = ZipFile::open(path_);  // the best that deflate can do is accepted
  EXPECT_EQ(zip.size("zeros"), 10'000'000U);
  EXPECT_THROW(zip.read("zeros", 9'999'999), UserError);
  expect_refused(patched(bytes, 0, kSize, number(0xFFFF'FFFE, 4)), "more than the compression");
  expect_refused(patched(bytes, 0, kSize, number(10'010'000, 4)), "'zeros'");
}

TEST_F(Zip, RefusesFilesThatAreNoZip) {
  EXPECT_THROW(ZipFile::open(folder_ / "none"), UserError);
  EXPECT_THROW(ZipFile::open(folder_.path()), UserError);
  expect_refused("", "has no complete end record");
  expect_refused("PK", "has no complete end record");
  expect_refused(std::string(100'000, 'x'), "has no complete end record");
  expect_refused(std::string(100'000, 'x') + "PK\x05\x06", "has no complete end record");
  expect_refused("PK\x05\x06" + std::string(8, '\0') + number(100, 4) + std::string(6, '\0'),
                 "has no central directory");
}

TEST_F(Zip, RefusesEncryptedEntries) {
  const std::string bytes = small_file(ZipMethod::deflated);
  for (const unsigned flag : {0x1U, 0x20U, 0x40U, 0x2000U}) {
    expect_refused(patched(bytes, 0, kFlags, number(flag, 2)), "'a' is encrypted or a patch");
  }
}

TEST_F(Zip, RefusesUnknownCompression) {
  const std::string bytes = small_file(ZipMethod::deflated);
  expect_refused(patched(bytes, 0, kMethod, number(12, 2)), "'a' has the unknown compression 12");
  expect_refused(patched(bytes, 0, kMethod, number(99, 2)), "'a' has the unknown compression 99");
  EXPECT_TRUE(problem(patched(bytes, 0, kMethod, number(0, 2))).has_value());
}

TEST_F(Zip, RefusesNamesThatAreThereTwiceOrNone) {
  const std::vector<ZipEntry> entries = {entry("a", "1"), entry("b", "2")};
  const std::string bytes = zipped(entries, ZipMethod::stored);
  expect_refused(patched(bytes, 1, kName, "a"), "the name 'a' occurs twice");
  expect_refused(patched(bytes, 1, kName, std::string(1, '\0')), "zero byte in its name");
  const std::string without_name = number(0, 2);
  constexpr std::size_t kNameLength = 28;
  EXPECT_TRUE(problem(patched(bytes, 1, kNameLength, without_name)).has_value());
}

TEST_F(Zip, RefusesSizesThatTheFileDoesNotHold) {
  const std::string stored = small_file(ZipMethod::stored);
  expect_refused(patched(stored, 0, kSize, number(999, 4)), "'a' is stored, but has 999 bytes");
  const std::string huge = number(0xFFFF'0000, 4);
  expect_refused(patched(stored, 0, kPackedSize, huge + huge), "than the file has left");
  const std::string deflated = small_file(ZipMethod::deflated);
  EXPECT_TRUE(problem(patched(deflated, 0, kSize, number(999, 4))).has_value());
  EXPECT_TRUE(problem(patched(deflated, 0, kSize, number(1001, 4))).has_value());
}

TEST_F(Zip, RefusesFourGibibytes) {
  const std::string bytes = small_file(ZipMethod::deflated);
  expect_refused(patched(bytes, 0, kSize, number(UINT32_MAX, 4)), "'a' has 4 GiB or more");
  expect_refused(patched(bytes, 0, kPackedSize, number(UINT32_MAX, 4)), "'a' has 4 GiB or more");
  write_bytes(path_, bytes);
  std::filesystem::resize_file(path_, std::uint64_t{1} << 32);  // sparse
  EXPECT_THROW(ZipFile::open(path_), UserError);
}

TEST_F(Zip, RefusesEntriesThatShareTheirBytes) {
  const std::vector<ZipEntry> entries = {entry("a", std::string(1000, 'x')), entry("b", "2")};
  const std::string bytes = zipped(entries, ZipMethod::stored);
  const std::size_t first = bytes.find(kCentral);
  const std::string all_but_name = bytes.substr(first, kName);
  expect_refused(patched(bytes, 1, 0, all_but_name), "'b' has more compressed bytes, 1000");
}

TEST_F(Zip, RefusesEntriesWithManyExtraFields) {
  constexpr std::size_t kExtraLength = 30;
  constexpr std::size_t kListBytes = 10;  // position from the end
  const std::string whole = small_file(ZipMethod::stored);
  const std::size_t list_bytes = kName + 1;
  const auto with_extra = [&](std::size_t length) {
    std::string bytes = patched(whole, 0, kExtraLength, number(length, 2));
    // Fields without contents: a number and a length of zero.
    for (std::size_t i = 0; i < length; i += 4)
      bytes.insert(bytes.find(kCentral) + list_bytes, number(0x5858, 4));
    return bytes.replace(bytes.size() - kListBytes, 4, number(list_bytes + length, 4));
  };
  EXPECT_EQ(problem(with_extra(1024)), std::nullopt);
  expect_refused(with_extra(1028), "'a' has 1028 bytes of extra fields; at most 1024 are read");
}

TEST_F(Zip, RefusesNumbersOfEntriesThatAreWrong) {
  const std::string bytes = small_file(ZipMethod::stored);
  const auto with_number = [&bytes](unsigned count) {
    std::string changed = bytes;
    return changed.replace(bytes.size() - 14, 4, number(count, 2) + number(count, 2));
  };
  EXPECT_EQ(problem(with_number(1)), std::nullopt);
  expect_refused(with_number(2), "has 1 entries, but says 2");
  expect_refused(with_number(65'535), "would have 65535 entries");
}

TEST_F(Zip, FindsDamageByTheChecksum) {
  std::string bytes = small_file(ZipMethod::stored);
  bytes[500] = 'y';
  write_bytes(path_, bytes);
  const ZipFile zip = ZipFile::open(path_);
  try {
    zip.read("a", kNoLimit);
    ADD_FAILURE() << "damage was not seen";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("entry 'a' has a wrong checksum"));
  }
}

TEST_F(Zip, SurvivesEveryCutAndEveryChangedByte) {
  for (const ZipMethod method : {ZipMethod::stored, ZipMethod::deflated}) {
    const std::string text = "text text text";
    const std::string whole = zipped({entry("a", text)}, method);
    ASSERT_EQ(problem(whole), std::nullopt);
    const auto opens = [&] {
      try {
        const ZipFile zip = ZipFile::open(path_);
        // What is read without an error is what was packed, under whatever name.
        for (const std::string& name : zip.names())
          EXPECT_THAT(zip.read(name, kNoLimit), AnyOf(text, ""));
        return true;
      } catch (const UserError&) {
        return false;
      }
    };
    EXPECT_EQ(try_every_cut(path_, whole, opens).refused, whole.size());
    const DamageCount changes = try_every_changed_byte(path_, whole, opens);
    EXPECT_EQ(changes.opened + changes.refused, whole.size() * 255);
    EXPECT_GT(changes.refused, whole.size() * 255 / 3);
    EXPECT_GT(changes.opened, 0U);
  }
}

}  // namespace
}  // namespace regard
