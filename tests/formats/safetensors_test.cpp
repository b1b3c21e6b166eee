#include "regard/formats/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "formats/temporary_folder.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

template <class Number>
std::vector<Number> tensor_values(const TensorView& tensor) {
  std::vector<Number> values(tensor.bytes / sizeof(Number));
  if (tensor.bytes > 0) std::memcpy(values.data(), tensor.data, tensor.bytes);
  return values;
}

template <class Number>
TensorView tensor_view(DType dtype, std::vector<std::int64_t> shape,
                       const std::vector<Number>& values) {
  return {dtype, std::move(shape), reinterpret_cast<const std::byte*>(values.data()),
          values.size() * sizeof(Number)};
}

/// The bfloat16 with these upper bits, as float.
float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

const std::vector<float> kFloats = {0.5F, -1.25F, 3e10F, 0, 1, 2};
const std::vector<std::int64_t> kIntegers = {-1, INT64_MAX};
const std::vector<std::uint16_t> kHalves = {0x3F80, 0xC000, 0x7F80};
const std::vector<std::uint8_t> kBytes = {1, 0, 1};
const std::vector<float> kNone;
const std::vector<float> kOne = {7.5F};

std::vector<NamedTensor> sample() {
  return {{"small", tensor_view(DType::boolean, {3}, kBytes)},
          {"b", tensor_view(DType::f32, {2, 3}, kFloats)},
          {"a", tensor_view(DType::f32, {6}, kFloats)},
          {"half", tensor_view(DType::bf16, {1, 3, 1}, kHalves)},
          {"long", tensor_view(DType::i64, {2}, kIntegers)},
          {"none", tensor_view(DType::f32, {0, 7}, kNone)},
          {"scalar", tensor_view(DType::f32, {}, kOne)}};
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "m.safetensors";
  write_safetensors(path, sample(), {{"step", "12"}, {"text", "a\n\"b\" ü"}});
  const SafetensorsFile file = SafetensorsFile::open(path);
  EXPECT_THAT(file.names(), ElementsAre("long", "a", "b", "none", "scalar", "half", "small"));
  EXPECT_THAT(file.metadata(),
              ElementsAre(Pair("format", "pt"), Pair("step", "12"), Pair("text", "a\n\"b\" ü")));
  EXPECT_TRUE(file.has_checksums());
  for (const NamedTensor& named : sample()) {
    SCOPED_TRACE(named.name);
    ASSERT_TRUE(file.contains(named.name));
    const TensorView& tensor = file.at(named.name);
    EXPECT_EQ(tensor.dtype, named.tensor.dtype);
    EXPECT_EQ(tensor.shape, named.tensor.shape);
    ASSERT_EQ(tensor.bytes, named.tensor.bytes);
    EXPECT_EQ(tensor_values<char>(tensor), tensor_values<char>(named.tensor));
    const auto address = reinterpret_cast<std::uintptr_t>(tensor.data);
    EXPECT_EQ(address % size_of(tensor.dtype), 0U);
  }
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(file.at("long").data) % 64, 0U);
}

TEST(Safetensors, WritesTheSameBytesInWhateverOrderTensorsAreGiven) {
  const TemporaryFolder folder;
  std::vector<NamedTensor> tensors = sample();
  write_safetensors(folder / "a", tensors, {});
  std::reverse(tensors.begin(), tensors.end());
  write_safetensors_atomically(folder / "b", tensors, {});
  EXPECT_GT(bytes_of(folder / "a").size(), 64U);
  EXPECT_EQ(bytes_of(folder / "a"), bytes_of(folder / "b"));
}

TEST(Safetensors, HoldsAFileWithoutTensors) {
  const TemporaryFolder folder;
  write_safetensors(folder / "empty", {}, {{"state", "{}"}});
  const SafetensorsFile file = SafetensorsFile::open(folder / "empty");
  EXPECT_THAT(file.names(), IsEmpty());
  EXPECT_EQ(file.metadata().at("state"), "{}");
}

TEST(Safetensors, PassesTheMetadataOfAReadFileOn) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", sample(), {{"k", "v"}, {"regard.checksums", "old"}});
  const Metadata metadata = SafetensorsFile::open(folder / "a").metadata();
  write_safetensors(folder / "b", sample(), metadata);
  EXPECT_EQ(bytes_of(folder / "a"), bytes_of(folder / "b"));
}

TEST(Safetensors, KeepsTheBytesAliveAndWritableButNotTheFile) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", sample(), {});
  const std::string before = bytes_of(folder / "a");
  std::shared_ptr<const void> storage;
  TensorView tensor;
  {
    const SafetensorsFile file = SafetensorsFile::open(folder / "a");
    storage = file.storage();
    tensor = file.at("b");
  }
  std::memset(const_cast<std::byte*>(tensor.data), 0, tensor.bytes);
  EXPECT_EQ(tensor_values<float>(tensor), std::vector<float>(6, 0.0F));
  EXPECT_EQ(bytes_of(folder / "a"), before);
}

// Golden file: scripts/golden/make_safetensors_golden.py.
TEST(Safetensors, ReadsAFileOfTheReferenceImplementation) {
  const auto file = SafetensorsFile::open("tests/golden/formats/reference.safetensors");
  EXPECT_FALSE(file.has_checksums());
  EXPECT_EQ(file.names().size(), 9U);
  EXPECT_THAT(file.metadata(),
              ElementsAre(Pair("format", "pt"), Pair("note", "quotes \" and\nlines")));
  EXPECT_THAT(tensor_values<float>(file.at("float32")),
              ElementsAre(-0.5F, -0.25F, 0.0F, 0.25F, 0.5F, 0.75F));
  EXPECT_THAT(file.at("float32").shape, ElementsAre(2, 3));
  EXPECT_THAT(tensor_values<std::uint16_t>(file.at("float16")),
              ElementsAre(0x3800, 0xC000, 0x7BFF));
  std::vector<float> brain;
  for (const auto bits : tensor_values<std::uint16_t>(file.at("bfloat16"))) {
    brain.push_back(from_bfloat16(bits));
  }
  EXPECT_THAT(brain, ElementsAre(1.0F, -0.5F, 3.0F, 256.0F));
  EXPECT_EQ(file.at("bfloat16").dtype, DType::bf16);
  EXPECT_THAT(tensor_values<double>(file.at("float64")), ElementsAre(1.0 / 3));
  EXPECT_THAT(file.at("float64").shape, IsEmpty());
  EXPECT_THAT(tensor_values<std::int64_t>(file.at("int64")),
              ElementsAre(-1, std::int64_t{1} << 62));
  EXPECT_THAT(tensor_values<std::int8_t>(file.at("int8")), ElementsAre(-128, 127, 0));
  EXPECT_THAT(tensor_values<std::uint8_t>(file.at("bool")), ElementsAre(1, 0, 1));
  EXPECT_EQ(file.at("empty").bytes, 0U);
  EXPECT_THAT(file.at("empty").shape, ElementsAre(0, 4));
  EXPECT_THAT(tensor_values<std::uint8_t>(file.at("имя/ä")), ElementsAre(7));
}

TEST(Safetensors, NamesFileAndTensorThatAreMissing) {
  const TemporaryFolder folder;
  write_safetensors(folder / "a", sample(), {});
  const SafetensorsFile file = SafetensorsFile::open(folder / "a");
  EXPECT_FALSE(file.contains("encoder.weight"));
  try {
    file.at("encoder.weight");
    FAIL() << "no error";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder / "a").string()));
    EXPECT_THAT(error.what(), HasSubstr("encoder.weight"));
  }
  EXPECT_THROW(SafetensorsFile::open(folder / "b"), UserError);
  EXPECT_THROW(SafetensorsFile::open(folder.path()), UserError);
}

TEST(Safetensors, NamesAndSizesOfNumberTypesAgree) {
  EXPECT_EQ(name_of(DType::boolean), "BOOL");
  EXPECT_EQ(name_of(DType::f8_e4m3), "F8_E4M3");
  EXPECT_EQ(name_of(DType::bf16), "BF16");
  EXPECT_EQ(name_of(DType::u64), "U64");
  std::size_t last = 1;
  for (int i = 0; i <= static_cast<int>(DType::u64); ++i) {
    const auto dtype = static_cast<DType>(i);
    const std::string name(name_of(dtype));
    EXPECT_GE(size_of(dtype), last) << name;
    last = size_of(dtype);
    const std::string bits = name.starts_with("F8") ? "8" : std::to_string(8 * last);
    EXPECT_THAT(name, HasSubstr(dtype == DType::boolean ? "BOOL" : bits));
  }
}

TEST(SafetensorsWriter, RefusesWhatAProgramMustNotWrite) {
  const auto write = [](std::vector<NamedTensor> tensors, Metadata metadata = {}) {
    write_safetensors([](std::span<const std::byte>) {}, tensors, std::move(metadata));
  };
  const TensorView good = tensor_view(DType::f32, {6}, kFloats);
  EXPECT_NO_THROW(write({{"a", good}}));
  EXPECT_THROW(write({{"a", good}, {"a", good}}), std::invalid_argument);
  EXPECT_THROW(write({{"__metadata__", good}}), std::invalid_argument);
  EXPECT_THROW(write({{"a\n", good}}), std::invalid_argument);
  EXPECT_THROW(write({{"\xFF", good}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", good}}, {{"k", "\xFF"}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", {DType::f32, {5}, good.data, good.bytes}}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", {DType::f32, {-6}, good.data, good.bytes}}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", {DType::f32, {6}, nullptr, good.bytes}}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", {DType::f32, {INT64_MAX, 8}, good.data, 0}}}), std::invalid_argument);
}

TEST(SafetensorsWriter, ReportsPathAndReasonOfTheSystem) {
  const auto message = [](const std::filesystem::path& path) -> std::string {
    try {
      write_safetensors(path, sample(), {});
    } catch (const RunError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message("/dev/full"), HasSubstr("/dev/full: cannot be written: No space left"));
  const TemporaryFolder folder;
  EXPECT_THAT(message(folder / "missing/m"),
              HasSubstr("missing/m: cannot be opened: No such file"));
}

TEST(SafetensorsWriter, LeavesAnOldFileWhenTheNewOneFails) {
  const TemporaryFolder folder;
  write_safetensors_atomically(folder / "m", sample(), {});
  const std::string before = bytes_of(folder / "m");
  const std::vector<NamedTensor> bad = {{"__metadata__", sample().front().tensor}};
  EXPECT_THROW(write_safetensors_atomically(folder / "m", bad, {}), std::invalid_argument);
  EXPECT_EQ(bytes_of(folder / "m"), before);
  const std::filesystem::directory_iterator entries(folder.path());
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

}  // namespace
}  // namespace regard
