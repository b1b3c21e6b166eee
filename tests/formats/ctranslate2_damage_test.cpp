// What a reader must refuse: one test per rule of the format, then every cut and every changed byte
// of a small file.

#include <algorithm>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/formats/ctranslate2.h"

#include "formats/ctranslate2_sample.h"
#include "formats/damage.h"
#include "formats/temporary_folder.h"

namespace regard {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAreArray;

/// A file with one variable `a` of three bytes, the given aliases and `rest`.
std::string with_aliases(std::uint32_t count, const std::string& rest) {
  return start(1) + variable("a", {3}, 1, 3) + "xyz" + number(count, 4) + rest;
}

class Ctranslate2Damage : public testing::Test {
 protected:
  /// What the reader says about a file of these bytes; empty when it takes them.
  std::optional<std::string> problem(const std::string& bytes) {
    write_bytes(path_, bytes);
    return problem();
  }
  std::optional<std::string> problem() {
    try {
      expect_consistent(Ctranslate2File::open(path_));
      return std::nullopt;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string()));
      return error.what();
    }
  }
  void expect_refused(const std::string& bytes, const std::string& why) {
    EXPECT_THAT(problem(bytes).value_or("accepted"), HasSubstr(why));
  }
  /// What was accepted is there to the last byte, and is the same when it is written and read
  /// again.
  void expect_consistent(const Ctranslate2File& file) {
    const std::filesystem::path copy_path = folder_ / "copy.bin";
    std::filesystem::remove(copy_path);
    write_ctranslate2(copy_path, file.header(), variables_of(file), file.aliases());
    const Ctranslate2File copy = Ctranslate2File::open(copy_path);
    EXPECT_EQ(copy.header().spec, file.header().spec);
    EXPECT_EQ(copy.header().revision, file.header().revision);
    ASSERT_THAT(copy.names(), UnorderedElementsAreArray(file.names()));
    for (const std::string& name : file.names()) {
      EXPECT_EQ(copy.at(name).shape, file.at(name).shape) << name;
      EXPECT_EQ(copy.at(name).dtype, file.at(name).dtype) << name;
      EXPECT_EQ(bytes_of(copy.at(name)), bytes_of(file.at(name))) << name;
    }
  }
  std::string small_file() {
    const std::vector<Ctranslate2Alias> aliases = {{"tied", "z/weight"}};
    write_ctranslate2(path_, {}, sample(), aliases);
    return bytes_of(path_);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.bin";
};

TEST_F(Ctranslate2Damage, RefusesEveryCut) {
  const std::string whole = small_file();
  ASSERT_EQ(problem(whole), std::nullopt);
  const DamageCount cuts = try_every_cut(path_, whole, [&] { return !problem().has_value(); });
  EXPECT_EQ(cuts.opened, 0U);
  EXPECT_EQ(cuts.refused, whole.size());
  expect_refused(whole + '\0', "1 bytes after its last alias");
}

TEST_F(Ctranslate2Damage, SurvivesEveryChangedByte) {
  const std::string whole = small_file();
  const DamageCount changes =
      try_every_changed_byte(path_, whole, [&] { return !problem().has_value(); });
  EXPECT_EQ(changes.opened + changes.refused, whole.size() * 255);
  EXPECT_GT(changes.refused, whole.size() * 255 / 3);
  EXPECT_GT(changes.opened, 48U * 255);  // numbers, names and the revision may be anything
}

TEST_F(Ctranslate2Damage, RefusesOtherVersions) {
  const std::string rest = small_file().substr(4);
  expect_refused(number(7, 4) + rest, "has binary version 7; the newest supported one is 6");
  expect_refused(number(5, 4) + rest, "has binary version 5; only 6 is read");
  expect_refused(number(UINT32_MAX, 4) + rest, "has binary version 4294967295");
  EXPECT_EQ(problem(number(6, 4) + rest), std::nullopt);
  expect_refused("", "has only 0 bytes");
  expect_refused("abc", "has only 3 bytes");
}

TEST_F(Ctranslate2Damage, RefusesTextThatIsNone) {
  expect_refused(number(6, 4) + number(0, 2) + std::string(20, '\0'), "name of the model type");
  expect_refused(number(6, 4) + number(1, 2) + std::string(20, '\0'), "name of the model type");
  expect_refused(number(6, 4) + number(3, 2) + std::string("a\0\0", 3), "only zero byte");
  expect_refused(number(6, 4) + number(3, 2) + "abcd", "only zero byte");
  expect_refused(number(6, 4) + number(65535, 2) + "abcd", "would have 65535 bytes");
}

TEST_F(Ctranslate2Damage, RefusesSizesThatTheFileDoesNotHold) {
  const std::string end = "xyz" + number(0, 4);
  EXPECT_EQ(problem(start(1) + variable("a", {3}, 1, 3) + end), std::nullopt);
  EXPECT_EQ(problem(start(1) + variable("a", {0, 5}, 5, 0) + number(0, 4)), std::nullopt);
  expect_refused(start(2) + variable("a", {3}, 1, 3) + end, "the name of a variable");
  expect_refused(start(UINT32_MAX) + variable("a", {3}, 1, 3) + end, "the name of a variable");
  expect_refused(start(0) + variable("a", {3}, 1, 3) + end, "the name of an alias");
  expect_refused(start(1) + variable("a", {3}, 1, 4) + end,
                 "need 3 bytes, but the file gives it 4");
  expect_refused(start(1) + variable("a", {3}, 0, 3) + end, "and F32 need 12 bytes");
  expect_refused(start(1) + variable("a", {3}, 6, 3) + end, "unknown number type 6");
  expect_refused(start(1) + variable("a", {1U << 31}, 1, 1U << 31) + end, "would have 2147483648");
  expect_refused(start(1) + variable("a", {1U << 31, 1U << 31, 4}, 1, 0) + end, "too large for 64");
  expect_refused(start(1) + variable("a", {1U << 31, 1U << 31}, 0, 0) + end, "too large for 64");
  const std::vector<std::uint32_t> ones(65, 1);
  expect_refused(start(1) + variable("a", ones, 1, 1) + "x" + number(0, 4), "has 65 dimensions");
}

TEST_F(Ctranslate2Damage, RefusesNamesThatAreThereTwice) {
  const std::string one = variable("a", {1}, 1, 1) + "x";
  expect_refused(start(2) + one + one + number(0, 4), "the name 'a' occurs twice");
  expect_refused(with_aliases(1, text("a") + text("a")), "the name 'a' occurs twice");
  expect_refused(with_aliases(2, text("b") + text("a") + text("b") + text("a")),
                 "the name 'b' occurs twice");
}

TEST_F(Ctranslate2Damage, RefusesAliasesToAnythingButVariables) {
  EXPECT_EQ(problem(with_aliases(2, text("b") + text("a") + text("c") + text("a"))), std::nullopt);
  expect_refused(with_aliases(1, text("b") + text("c")),
                 "'b' leads to 'c', which is not a variable");
  expect_refused(with_aliases(1, text("b") + text("b")), "which is not a variable");
  expect_refused(with_aliases(2, text("b") + text("a") + text("c") + text("b")),
                 "'c' leads to 'b', which is not a variable");
  expect_refused(with_aliases(UINT32_MAX, text("b") + text("a")), "the name of an alias");
  expect_refused(with_aliases(0, text("b") + text("a")), "8 bytes after its last alias");
}

TEST_F(Ctranslate2Damage, EscapesHostileNamesInMessages) {
  const std::string name = "\x1B[31m\n" + std::string(60'000, 'x');
  const std::string one = variable(name, {1}, 1, 1) + "x";
  const auto twice = problem(start(2) + one + one + number(0, 4));
  ASSERT_TRUE(twice.has_value());
  EXPECT_LT(twice->size(), 1100U);
  EXPECT_TRUE(std::none_of(twice->begin(), twice->end(),
                           [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

TEST_F(Ctranslate2Damage, RefusesMissingFilesAndFolders) {
  EXPECT_THROW(Ctranslate2File::open(folder_ / "none"), UserError);
  EXPECT_THROW(Ctranslate2File::open(folder_.path()), UserError);
}

}  // namespace
}  // namespace regard
