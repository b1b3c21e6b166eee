// What a reader must refuse: one test per rule of the format, then every cut and every flipped bit
// of a small file.

#include <cstring>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/core/random.h"
#include "regard/formats/safetensors.h"

#include "formats/temporary_folder.h"

namespace regard {
namespace {

using testing::HasSubstr;

std::string with_length(std::uint64_t length, const std::string& rest) {
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + rest;
}

std::string file_of(const std::string& header, std::size_t data_bytes) {
  return with_length(header.size(), header + std::string(data_bytes, '\1'));
}

class SafetensorsDamage : public testing::Test {
 protected:
  /// What the reader says about a file of these bytes; empty when it takes them.
  std::optional<std::string> problem(const std::string& bytes) {
    write_bytes(path_, bytes);
    try {
      const SafetensorsFile file = SafetensorsFile::open(path_);
      // What was accepted must be readable to the last byte.
      for (const std::string& name : file.names()) {
        const TensorView& tensor = file.at(name);
        volatile unsigned sum = 0;
        for (std::size_t i = 0; i < tensor.bytes; ++i)
          sum = sum + static_cast<unsigned>(tensor.data[i]);
      }
      return std::nullopt;
    } catch (const UserError& error) {
      EXPECT_THAT(error.what(), HasSubstr(path_.string()));
      return error.what();
    }
  }
  void expect_refused(const std::string& header, std::size_t data_bytes, const std::string& why) {
    const auto text = problem(file_of(header, data_bytes));
    ASSERT_TRUE(text.has_value()) << header.substr(0, 300);
    EXPECT_THAT(*text, HasSubstr(why)) << header.substr(0, 300);
  }
  void expect_accepted(const std::string& header, std::size_t data_bytes) {
    EXPECT_EQ(problem(file_of(header, data_bytes)), std::nullopt) << header;
  }
  /// A file of ours with metadata, an empty tensor, padding and tensors of several types.
  std::string small_file() {
    const std::vector<float> floats = {1, -2.5F, 0};
    const std::vector<std::uint8_t> small = {1, 2, 3, 4, 5};
    const auto* data = reinterpret_cast<const std::byte*>(floats.data());
    const auto* bytes = reinterpret_cast<const std::byte*>(small.data());
    const std::vector<NamedTensor> tensors = {{"w\"q", {DType::f32, {3, 1}, data, 12}},
                                              {"none", {DType::f32, {2, 0}, data, 0}},
                                              {"u", {DType::u8, {5}, bytes, 5}}};
    write_safetensors(path_, tensors, {{"step", "1"}, {"note", "line\nü"}});
    return bytes_of(path_);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "m.safetensors";
};

TEST_F(SafetensorsDamage, AcceptsPlainFiles) {
  expect_accepted("{}", 0);
  expect_accepted("{}      ", 0);
  expect_accepted(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  expect_accepted(R"({ "a" : {"data_offsets":[0,2], "shape":[], "dtype":"BF16"} })", 2);
  expect_accepted(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},
                      "z":{"dtype":"U8","shape":[9,0],"data_offsets":[2,2]},
                      "a":{"dtype":"I16","shape":[1,1],"data_offsets":[0,2]}})",
                  3);
  expect_accepted(R"({"__metadata__":{"format":"pt"}})", 0);
}

TEST_F(SafetensorsDamage, RefusesFilesWithoutLength) {
  EXPECT_THAT(problem("").value_or(""), HasSubstr("has only 0 bytes"));
  EXPECT_THAT(problem("1234567").value_or(""), HasSubstr("has only 7 bytes"));
  EXPECT_TRUE(problem(std::string(8, '\0')).has_value());
}

TEST_F(SafetensorsDamage, RefusesHeaderLengthsBeyondFileAndLimit) {
  EXPECT_THAT(problem(with_length(3, "{}")).value_or(""), HasSubstr("would have 3 bytes"));
  EXPECT_THAT(problem(with_length(100'000'001, "{}")).value_or(""), HasSubstr("100000001"));
  EXPECT_TRUE(problem(with_length(UINT64_MAX, "{}")).has_value());
  EXPECT_TRUE(problem(with_length(UINT64_MAX - 7, "{}")).has_value());
  // A sparse file that is long enough for a header over the limit.
  write_bytes(path_, with_length(100'000'001, "{}"));
  std::filesystem::resize_file(path_, 8 + 100'000'001);
  EXPECT_THROW(SafetensorsFile::open(path_), UserError);
}

TEST_F(SafetensorsDamage, RefusesTextAroundTheObject) {
  expect_refused(" {}", 0, "does not begin with '{'");
  expect_refused("\xEF\xBB\xBF{}", 0, "does not begin with '{'");
  expect_refused("[]", 0, "does not begin with '{'");
  expect_refused("{}\n", 0, "does not end with '}' and spaces");
  expect_refused("{}{}", 0, "not valid JSON");
  expect_refused("{} {}", 0, "not valid JSON");
  expect_refused(std::string("{}\0}", 4), 0, "is zero");
  expect_refused(std::string("{}\0 ", 4), 0, "does not end");
  expect_refused("{/**/}", 0, "not valid JSON");
}

TEST_F(SafetensorsDamage, RefusesInvalidUtf8AndJson) {
  expect_refused("{\"\xFF\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0,
                 "not UTF-8 at byte 2");
  expect_refused(R"({"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})", 0,
                 "not valid JSON");
  expect_refused(R"({"a":})", 0, "not valid JSON");
  expect_refused(R"({"a")", 0, "does not end");
  expect_refused(R"({"a":{})", 0, "");
}

TEST_F(SafetensorsDamage, RefusesDeepNesting) {
  const std::string many(1'000'000, '[');
  expect_refused(R"({"a":)" + many + std::string(1'000'000, ']') + "}", 0, "not an object");
  expect_refused(R"({"a":{"shape":)" + many + "}", 0, "shape must not contain an array");
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += R"({"dtype":)";
  expect_refused(objects + "}", 0, "tensor 'dtype': dtype must not contain an object");
}

TEST_F(SafetensorsDamage, RefusesDuplicateKeys) {
  const std::string tensor = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  const std::string empty = R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  expect_refused("{" + tensor + "," + tensor + "}", 1, "duplicate tensor 'a'");
  expect_refused("{" + empty + "," + empty + "}", 0, "duplicate tensor 'a'");
  expect_refused(R"({"\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)" + empty + "}", 0,
                 "duplicate tensor 'a'");
  expect_refused(R"({"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})", 0,
                 "tensor 'a': duplicate key 'dtype'");
  expect_refused(R"({"__metadata__":{},"__metadata__":{}})", 0, "duplicate key '__metadata__'");
  expect_refused(R"({"__metadata__":{"k":"1","k":"1"}})", 0, "__metadata__: duplicate key 'k'");
}

TEST_F(SafetensorsDamage, RefusesOtherKeysTypesAndMissingFields) {
  expect_refused(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})", 0,
                 "unknown key 'x'");
  expect_refused(R"({"a":{"shape":[0],"data_offsets":[0,0]}})", 0, "tensor 'a': has no dtype");
  expect_refused(R"({"a":{"dtype":"U8","data_offsets":[0,0]}})", 0, "has no shape");
  expect_refused(R"({"a":{"dtype":"U8","shape":[0]}})", 0, "has no data_offsets");
  expect_refused(R"({"a":{}})", 0, "has no dtype");
  expect_refused(R"({"a":1})", 0, "the entry 'a' is a number, not an object");
  expect_refused(R"({"a":null})", 0, "not an object");
  expect_refused(R"({"a":{"dtype":7,"shape":[0],"data_offsets":[0,0]}})", 0,
                 "dtype must not contain a number");
  expect_refused(R"({"a":{"dtype":"X7","shape":[0],"data_offsets":[0,0]}})", 0,
                 "unknown dtype 'X7'");
  expect_refused(R"({"a":{"dtype":"f32","shape":[0],"data_offsets":[0,0]}})", 0,
                 "unknown dtype 'f32'");
  expect_refused(R"({"a":{"dtype":["U8"],"shape":[0],"data_offsets":[0,0]}})", 0,
                 "dtype must not contain an array");
  expect_refused(R"({"__metadata__":{"k":1}})", 0, "the value of 'k' is a number, not a string");
  expect_refused(R"({"__metadata__":{"k":{"l":"m"}}})", 0, "is an object, not a string");
  expect_refused(R"({"__metadata__":"k"})", 0, "not an object");
}

TEST_F(SafetensorsDamage, RefusesShapesAndOffsetsThatAreNoCounts) {
  const auto tensor = [](const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":"U8","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  expect_refused(tensor("[-1]", "[0,1]"), 1, "shape must not contain a negative number");
  expect_refused(tensor("[1.0]", "[0,1]"), 1, "not a 64-bit integer");
  expect_refused(tensor("[1e0]", "[0,1]"), 1, "not a 64-bit integer");
  expect_refused(tensor("[\"1\"]", "[0,1]"), 1, "shape must not contain a string");
  expect_refused(tensor("[true]", "[0,1]"), 1, "shape must not contain a boolean");
  expect_refused(tensor("1", "[0,1]"), 1, "shape must not contain a number");
  expect_refused(tensor("[18446744073709551616]", "[0,1]"), 1, "not a 64-bit integer");
  expect_refused(tensor("[18446744073709551615]", "[0,1]"), 1, "too large");
  expect_refused(tensor("[1]", "[0]"), 1, "fewer than 2");
  expect_refused(tensor("[1]", "[0,1,1]"), 1, "more than 2");
  expect_refused(tensor("[1]", "[-0,1]"), 1, "negative number");
  expect_refused(tensor("[01]", "[0,1]"), 1, "not valid JSON");
  std::string ones = "[1";
  for (int i = 0; i < 64; ++i)
    ones += ",1";
  expect_refused(tensor(ones + "]", "[0,1]"), 1, "more than 64 dimensions");
}

TEST_F(SafetensorsDamage, RefusesSizesThatOverflow) {
  const auto tensor = [](const std::string& shape) {
    return R"({"a":{"dtype":"F64","shape":)" + shape + R"(,"data_offsets":[0,8]}})";
  };
  expect_refused(tensor("[4294967296,4294967296]"), 8, "too large for 64 bits");
  expect_refused(tensor("[2305843009213693952]"), 8, "too large for 64 bits");  // times 8 = 2^64
  expect_refused(tensor("[2305843009213693953]"), 8, "too large for 64 bits");  // 8 modulo 2^64
  expect_refused(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[18446744073709551615,0]}})", 1,
                 "before it begins");
}

TEST_F(SafetensorsDamage, RefusesHolesOverlapsAndTrailingBytes) {
  const auto pair = [](const std::string& a, const std::string& b) {
    return R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)" + a +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + b + "}}";
  };
  expect_accepted(pair("[0,4]", "[4,8]"), 8);
  expect_accepted(pair("[4,8]", "[0,4]"), 8);
  expect_refused(pair("[0,4]", "[5,9]"), 9, "tensor 'b': its data begins at byte 5");
  expect_refused(pair("[0,4]", "[3,7]"), 7, "tensor 'b': its data begins at byte 3");
  expect_refused(pair("[0,4]", "[0,4]"), 4, "begins at byte 0");
  expect_refused(pair("[1,5]", "[5,9]"), 9, "begins at byte 1");
  expect_refused(pair("[4,0]", "[4,8]"), 8, "before it begins");
  expect_refused(pair("[0,4]", "[4,9]"), 9, "need 4 bytes");
  expect_refused(pair("[0,4]", "[4,8]"), 9, "describes 8 bytes of data, but the file has 9");
  expect_refused(pair("[0,4]", "[4,8]"), 7, "describes 8 bytes of data, but the file has 7");
  expect_refused("{}", 1, "describes 0 bytes");
}

TEST_F(SafetensorsDamage, EscapesHostileNamesInMessages) {
  const auto text = problem(file_of(R"({"\u001b[31m\n)" + std::string(5000, 'x') + R"(":7})", 0));
  ASSERT_TRUE(text.has_value());
  EXPECT_LT(text->size(), 1100U);
  for (const char c : *text)
    EXPECT_GE(static_cast<unsigned char>(c), 0x20);
}

TEST_F(SafetensorsDamage, RefusesEveryCut) {
  const std::string whole = small_file();
  ASSERT_EQ(problem(whole), std::nullopt);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_TRUE(problem(whole.substr(0, length)).has_value()) << length;
  }
  EXPECT_TRUE(problem(whole + '\0').has_value());
}

TEST_F(SafetensorsDamage, RefusesEveryFlippedBit) {
  const std::string whole = small_file();
  ASSERT_THAT(whole, HasSubstr("}  "));  // there is padding to flip
  int refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const bool is_refused = problem(damaged).has_value();
    EXPECT_TRUE(is_refused) << "bit " << bit % 8 << " of byte " << bit / 8;
    refused += is_refused ? 1 : 0;
  }
  EXPECT_EQ(refused, static_cast<int>(whole.size() * 8));
}

TEST_F(SafetensorsDamage, NamesTheTensorWhoseNumbersChanged) {
  std::string whole = small_file();
  whole.back() = static_cast<char>(whole.back() ^ 1);
  EXPECT_THAT(problem(whole).value_or(""),
              HasSubstr("tensor 'u': the checksum of its data is wrong"));
}

TEST_F(SafetensorsDamage, RefusesChecksumsThatDoNotFitTheTensors) {
  const std::string header = "\"regard.header\":\"0000000000000000\"";
  const auto metadata = [&](const std::string& entries) {
    return "{\"__metadata__\":{" + entries + "}}";
  };
  expect_refused(metadata(header), 0, "only one of");
  expect_refused(metadata("\"regard.checksums\":\"{}\""), 0, "only one of");
  expect_refused(metadata("\"regard.checksums\":\"{}\"," + header), 0,
                 "checksum of the header is wrong");
}

/// One random change of the kinds that disks, networks and enemies make.
std::string mutated(std::string bytes, RandomStream& random) {
  const auto at = [&] { return static_cast<std::size_t>(random.below(bytes.size())); };
  switch (random.below(6)) {
    case 0:
      bytes[at()] = static_cast<char>(random.below(256));
      break;
    case 1:
      bytes.insert(at(), 1, "0123456789[]{},:\"\\ "[random.below(19)]);
      break;
    case 2:
      bytes.erase(at(), 1 + random.below(8));
      break;
    case 3: {
      const std::size_t begin = at();
      const std::string piece = bytes.substr(begin, 1 + random.below(64));
      bytes.insert(at(), piece);
      break;
    }
    case 4: {
      const std::size_t begin = at();
      const std::size_t length = std::min<std::size_t>(bytes.size() - begin, 1 + random.below(512));
      bytes.replace(begin, length, length, '\0');
      break;
    }
    default:
      bytes[random.below(8)] = static_cast<char>(random.below(256));
  }
  return bytes;
}

TEST_F(SafetensorsDamage, SurvivesRandomChanges) {
  RandomStream random(7);
  const std::string ours = small_file();
  const std::string golden = bytes_of("tests/golden/formats/reference.safetensors");
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = ours;
    const std::uint64_t changes = 1 + random.below(3);
    for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i)
      bytes = mutated(bytes, random);
    if (bytes == ours) continue;
    EXPECT_TRUE(problem(bytes).has_value()) << "round " << round;
    // Without checksums a change of numbers or names passes; it must only never crash.
    refused += problem(mutated(golden, random)).has_value() ? 1 : 0;
  }
  EXPECT_GT(refused, 2000);
}

}  // namespace
}  // namespace regard
