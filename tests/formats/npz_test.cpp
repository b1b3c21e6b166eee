#include "regard/formats/npz.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/formats/zip.h"

#include "formats/npz_array.h"
#include "formats/temporary_folder.h"
#include "formats/tensor_values.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kFolder = "tests/golden/formats/";

/// An .npy file of version 1.
std::string npy(const std::string& header, const std::string& data) {
  const std::string length = {static_cast<char>(header.size() & 0xFF),
                              static_cast<char>(header.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + header + data;
}
std::string dict(const std::string& descr, const std::string& order, const std::string& shape) {
  return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

/// What parse_npy says about these bytes; empty when it takes them.
std::optional<std::string> problem(const std::string& contents) {
  // As many bytes as there are, so that a read beyond them can be seen.
  const std::vector<char> bytes(contents.begin(), contents.end());
  try {
    const TensorView array = parse_npy(std::as_bytes(std::span(bytes)));
    std::int64_t count = 1;
    for (const std::int64_t size : array.shape)
      count *= size;
    EXPECT_EQ(array.bytes, static_cast<std::size_t>(count) * size_of(array.dtype));
    EXPECT_EQ(bytes_of(array), contents.substr(contents.size() - array.bytes));
    return std::nullopt;
  } catch (const NpyProblem& refused) {
    EXPECT_FALSE(refused.what.empty());
    EXPECT_FALSE(refused.fix.empty());
    return refused.what + ". Fix: " + refused.fix;
  }
}
void expect_accepted(const std::string& header, std::size_t data_bytes) {
  EXPECT_EQ(problem(npy(header, std::string(data_bytes, '\1'))), std::nullopt) << header;
}
void expect_refused(const std::string& header, std::size_t data_bytes, const std::string& why) {
  EXPECT_THAT(problem(npy(header, std::string(data_bytes, '\1'))).value_or("accepted"),
              HasSubstr(why))
      << header;
}

template <class Number>
void expect_array(const NpzFile& file, const std::string& name, DType dtype,
                  const std::vector<std::int64_t>& shape, const std::vector<Number>& values) {
  SCOPED_TRACE(name);
  ASSERT_TRUE(file.contains(name));
  EXPECT_EQ(file.at(name).dtype, dtype);
  EXPECT_EQ(file.at(name).shape, shape);
  EXPECT_EQ(values_of<Number>(file.at(name)), values);
}

class Npz : public testing::Test {
 protected:
  /// Opens a file of one entry.
  NpzFile open(const std::string& entry, const std::string& contents) {
    write_bytes(folder_ / "contents", contents);
    const std::vector<ZipEntry> entries = {{entry, folder_ / "contents"}};
    write_zip(path_, entries);
    return NpzFile::open(path_);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.npz";
};

TEST_F(Npz, ReadsFilesOfNumPy) {
  for (const char* path : {"reference.npz", "reference_compressed.npz"}) {
    SCOPED_TRACE(path);
    const NpzFile file = NpzFile::open(kFolder + path);
    EXPECT_THAT(file.names(), ElementsAre("f4", "f2", "f8", "i1", "u1", "i2", "i4", "i8", "b1",
                                          "empty", "имя/ä", "zeros"));
    expect_array<float>(file, "f4", DType::f32, {2, 3}, {-0.5F, -0.25F, 0, 0.25F, 0.5F, 0.75F});
    expect_array<std::uint16_t>(file, "f2", DType::f16, {3}, {0x3800, 0xC000, 0x7BFF});
    expect_array<double>(file, "f8", DType::f64, {}, {1.0 / 3});
    expect_array<std::int8_t>(file, "i1", DType::i8, {3}, {-128, 127, 0});
    expect_array<std::uint8_t>(file, "u1", DType::u8, {2, 1}, {255, 0});
    expect_array<std::int16_t>(file, "i2", DType::i16, {2}, {INT16_MIN, INT16_MAX});
    expect_array<std::int32_t>(file, "i4", DType::i32, {2}, {INT32_MIN, INT32_MAX});
    expect_array<std::int64_t>(file, "i8", DType::i64, {2}, {-1, std::int64_t{1} << 62});
    expect_array<std::uint8_t>(file, "b1", DType::boolean, {3}, {1, 0, 1});
    expect_array<float>(file, "empty", DType::f32, {0, 4}, {});
    expect_array<std::uint8_t>(file, "имя/ä", DType::u8, {1}, {7});
    expect_array<float>(file, "zeros", DType::f32, {1000}, std::vector<float>(1000));
  }
}

TEST_F(Npz, ReadsAllVersionsOfTheFormat) {
  const NpzFile file = NpzFile::open(kFolder + "versions.npz");
  EXPECT_THAT(file.names(), ElementsAre("v1", "v2", "v3"));
  expect_array<float>(file, "v1", DType::f32, {1, 2}, {1, 0.5F});
  expect_array<float>(file, "v2", DType::f32, {1, 2}, {2, 0.5F});
  expect_array<float>(file, "v3", DType::f32, {1, 2}, {3, 0.5F});
}

TEST_F(Npz, ReadsTheLayoutOfMarian) {
  const NpzFile file = NpzFile::open(kFolder + "marian.npz");
  EXPECT_THAT(file.names(), ElementsAre("Wemb", "decoder_ff_logit_out_b", "special:model.yml"));
  std::vector<float> eighths;
  for (int i = 0; i < 12; ++i)
    eighths.push_back(static_cast<float>(i) / 8);
  expect_array<float>(file, "Wemb", DType::f32, {3, 4}, eighths);
  expect_array<float>(file, "decoder_ff_logit_out_b", DType::f32, {1, 3}, {1, -1, 0.25F});
  const TensorView& yaml = file.at("special:model.yml");
  EXPECT_EQ(yaml.dtype, DType::i8);
  EXPECT_THAT(yaml.shape, ElementsAre(30));
  EXPECT_EQ(bytes_of(yaml), std::string("type: transformer\ndim-emb: 4\n\0", 30));
}

TEST_F(Npz, StorageOutlivesTheFile) {
  std::optional<NpzFile> file(NpzFile::open(kFolder + "marian.npz"));
  const std::shared_ptr<const void> storage = file->storage();
  const TensorView tensor = file->at("decoder_ff_logit_out_b");
  file.reset();
  EXPECT_THAT(values_of<float>(tensor), ElementsAre(1, -1, 0.25F));
}

TEST_F(Npz, SaysWhatIsNotThere) {
  const NpzFile file = NpzFile::open(kFolder + "marian.npz");
  EXPECT_FALSE(file.contains("Wemb.npy"));
  EXPECT_THROW(file.at("Wemb.npy"), UserError);
  EXPECT_THROW(NpzFile::open(folder_ / "none"), UserError);
  EXPECT_THROW(NpzFile::open("tests/golden/formats/checksum.txt"), UserError);
  write_zip(path_, {});
  EXPECT_THAT(NpzFile::open(path_).names(), IsEmpty());
}

TEST_F(Npz, NamesFileAndArrayInErrors) {
  const auto message = [&](const std::string& entry, const std::string& contents) -> std::string {
    try {
      open(entry, contents);
      return "accepted";
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string()));
      return error.what();
    }
  };
  EXPECT_EQ(message("x.npy", npy(dict("'<f4'", "False", "(1,)"), "1234")), "accepted");
  EXPECT_THAT(message("x.npy", npy(dict("'|O'", "False", "()"), "")), HasSubstr("array 'x' has"));
  EXPECT_THAT(message("x.npy", "text"), HasSubstr("array 'x' "));
  EXPECT_THAT(message("x.txt", "text"), HasSubstr("entry 'x.txt' is not an array"));
}

TEST_F(Npz, RefusesDamagedEntries) {
  open("x.npy", npy(dict("'<f4'", "False", "(1,)"), "1234"));
  const std::string whole = bytes_of(path_);
  for (const std::size_t position : {std::size_t{40}, std::size_t{60}, whole.size() / 3}) {
    std::string damaged = whole;
    damaged[position] = static_cast<char>(damaged[position] ^ 4);
    write_bytes(path_, damaged);
    EXPECT_THROW(NpzFile::open(path_), UserError) << position;
  }
}

TEST(NpyHeader, AcceptsWhatPythonWouldWrite) {
  expect_accepted(dict("'<f4'", "False", "(2, 3)"), 24);
  expect_accepted(dict("'<f4'", "False", "(2,)"), 8);
  expect_accepted(dict("'<f8'", "False", "()"), 8);
  expect_accepted(dict("'<i4'", "False", "(0, 7)"), 0);
  expect_accepted(dict("'<i1'", "False", "(3,)"), 3);
  expect_accepted("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"|u1\"}", 6);
  expect_accepted("{ 'fortran_order' : False , 'descr':'<i8', 'shape':( 1 , ) , }    \n", 8);
}

TEST(NpyHeader, TakesFortranOrderWhereItMakesNoDifference) {
  expect_accepted(dict("'<f4'", "True", "()"), 4);
  expect_accepted(dict("'<f4'", "True", "(3,)"), 12);
  expect_refused(dict("'<f4'", "True", "(3, 1)"), 12, "Fortran order. Fix: save it again as");
}

TEST(NpyHeader, RefusesOtherTypes) {
  for (const char* descr : {"'>f4'", "'=f4'", "'|f4'", "'<c8'", "'<U3'", "'|S1'", "'|O'", "'<u2'",
                            "'<f16'", "'f4'", "''", "'<M8[s]'", "'<f4\\0'"}) {
    expect_refused(dict(descr, "False", "(1,)"), 4,
                   "which is not supported. Fix: save it as one of");
  }
  expect_refused(dict("[('a', '<f4')]", "False", "(1,)"), 4, "several fields");
}

TEST(NpyHeader, RefusesShapesThatAreNone) {
  const auto refused = [](const std::string& shape, const std::string& why) {
    expect_refused(dict("'<f4'", "False", shape), 4, why);
  };
  refused("(1)", "not a tuple");
  refused("[1]", "should have '('");
  refused("(-1,)", "a dimension");
  refused("(,)", "a dimension");
  refused("(1,,)", "a dimension");
  refused("(1.0,)", "should have ')'");
  refused("(1L,)", "should have ')'");
  refused("(1 1)", "should have ')'");
  refused("('1',)", "a dimension");
  refused("(9223372036854775808,)", "more than 64 bits");
  refused("(4611686018427387904, 4)", "too large for 64 bits");  // 0 modulo 2^64
  refused("(2,)", "needs 8 bytes for its shape and dtype, but has 4");
  refused("(0,)", "needs 0 bytes for its shape and dtype, but has 4");
  refused("()()", "should have '}'");
  std::string ones = "(";
  for (int i = 0; i < 64; ++i)
    ones += "1,";
  EXPECT_EQ(problem(npy(dict("'<f4'", "False", ones + ")"), "1234")), std::nullopt);
  refused(ones + "1)", "more than 64 dimensions");
}

TEST(NpyHeader, RefusesOtherDictionaries) {
  expect_refused("", 0, "should have '{'");
  expect_refused("{", 0, "should have text in quotes");
  expect_refused("{}", 0, "has no descr, fortran_order or shape");
  expect_refused("{'descr': '<f4', 'shape': (1,)}", 4, "has no descr, fortran_order or shape");
  expect_refused("{'descr': '<f4', 'descr': '<f4'}", 4, "has descr twice");
  expect_refused("{'shape': (), 'shape': ()}", 4, "has shape twice");
  expect_refused("{'fortran_order': True, 'fortran_order': True}", 4, "has fortran_order twice");
  expect_refused("{'other': 1}", 4, "unknown key 'other'");
  expect_refused("{'descr': <f4}", 4, "text in quotes");
  expect_refused("{'descr", 4, "the end of a text in quotes");
  expect_refused("{'descr': '<f4' 'shape': (1,)}", 4, "should have '}'");
  expect_refused("{'fortran_order': false}", 4, "True or False");
  expect_refused(dict("'<f4'", "False", "(1,)") + "x", 4, "should have the end");
  expect_refused(dict("'<f4'", "False", "(1,)") + std::string(1, '\0'), 4, "should have the end");
  expect_refused("{,}", 4, "text in quotes");
  expect_refused("{'\x1B[31m': 1}", 4, "\\x1b[31m");
}

TEST(NpyHeader, RefusesOtherVersionsAndLengths) {
  const std::string good = npy(dict("'<f4'", "False", "(1,)"), "1234");
  EXPECT_EQ(problem(good), std::nullopt);
  const auto changed = [&](std::size_t position, char byte) {
    std::string bytes = good;
    bytes[position] = byte;
    return problem(bytes).value_or("accepted");
  };
  EXPECT_THAT(changed(0, 'x'), HasSubstr("is not an .npy file"));
  EXPECT_THAT(changed(6, 0), HasSubstr("has version 0.0"));
  EXPECT_THAT(changed(6, 4), HasSubstr("has version 4.0"));
  EXPECT_THAT(changed(6, '\xFF'), HasSubstr("has version 255.0"));
  EXPECT_THAT(changed(7, 1), HasSubstr("has version 1.1"));
  EXPECT_THAT(changed(9, '\xFF'), HasSubstr("ends in its header"));
  EXPECT_THAT(changed(6, 2), HasSubstr("ends in its header"));  // a length of four bytes
}

TEST(NpyHeader, SurvivesEveryCutAndEveryChangedByte) {
  const std::string whole = npy(dict("'<i2'", "False", "(2, 1)") + "   \n", "1234");
  ASSERT_EQ(problem(whole), std::nullopt);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_TRUE(problem(whole.substr(0, length)).has_value()) << length;
  EXPECT_TRUE(problem(whole + "5").has_value());
  std::size_t num_accepted = 0;
  for (std::size_t position = 0; position < whole.size(); ++position) {
    for (int change = 1; change < 256; ++change) {
      std::string damaged = whole;
      damaged[position] = static_cast<char>(damaged[position] ^ change);
      num_accepted += problem(damaged).has_value() ? 0U : 1U;
    }
  }
  // The data may be anything; of the header, only some spaces.
  EXPECT_GE(num_accepted, 4U * 255);
  EXPECT_LT(num_accepted, 4U * 255 + 50);
}

}  // namespace
}  // namespace regard
