#include "regard/formats/ctranslate2.h"

#include <optional>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "formats/ctranslate2_sample.h"
#include "formats/temporary_folder.h"

namespace regard {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class Ctranslate2 : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.bin";
};

TEST_F(Ctranslate2, ReadsBackWhatItWrote) {
  const std::vector<Ctranslate2Alias> aliases = {{"tied2", "odd"}, {"tied", "z/weight"}};
  write_ctranslate2(path_, {.spec = "OtherSpec", .revision = 3}, sample(), aliases);
  const Ctranslate2File file = Ctranslate2File::open(path_);
  EXPECT_EQ(file.path(), path_);
  EXPECT_EQ(file.header().spec, "OtherSpec");
  EXPECT_EQ(file.header().revision, 3U);
  EXPECT_THAT(file.names(), ElementsAre("brain", "half", "ints", "none", "odd", "scalar",
                                        "z/weight", "tied", "tied2"));
  EXPECT_THAT(file.aliases(), ElementsAre(Pair("tied", "z/weight"), Pair("tied2", "odd")));
  for (const NamedTensor& named : sample()) {
    SCOPED_TRACE(named.name);
    ASSERT_TRUE(file.contains(named.name));
    EXPECT_EQ(file.at(named.name).dtype, named.tensor.dtype);
    EXPECT_EQ(file.at(named.name).shape, named.tensor.shape);
    EXPECT_EQ(bytes_of(file.at(named.name)), bytes_of(named.tensor));
  }
  EXPECT_EQ(file.at("tied").data, file.at("z/weight").data);
  EXPECT_EQ(values_of<float>(file.at("tied")), kFloats);
  EXPECT_FALSE(file.contains("other"));
  EXPECT_THROW(file.at("other"), UserError);
}

TEST_F(Ctranslate2, WritesTheBytesOfTheFormat) {
  const std::vector<NamedTensor> variables = {{"b", view(DType::bf16, {1, 2}, kHalves)},
                                              {"a", view(DType::i16, {}, kShort)}};
  const std::vector<Ctranslate2Alias> aliases = {{"z", "b"}, {"c", "a"}};
  write_ctranslate2(path_, {}, variables, aliases);
  const std::string expected = start(2) + variable("a", {}, 2, 2) + "\xFF\xFF" +
                               variable("b", {1, 2}, 5, 4) + std::string("\0\x3C\0\xC0", 4) +
                               number(2, 4) + text("c") + text("a") + text("z") + text("b");
  EXPECT_EQ(bytes_of(path_), expected);
}

TEST_F(Ctranslate2, StorageOutlivesTheFile) {
  std::optional<Ctranslate2File> file;
  write_ctranslate2(path_, {}, sample(), {});
  file.emplace(Ctranslate2File::open(path_));
  const std::shared_ptr<const void> storage = file->storage();
  const TensorView tensor = file->at("z/weight");
  file.reset();
  std::filesystem::remove(path_);
  EXPECT_EQ(values_of<float>(tensor), kFloats);
}

/// What make_ctranslate2_golden.py puts into a float tensor of this name.
std::vector<float> golden_values(std::string name, std::size_t count) {
  if (name == "encoder/embeddings_0/weight" || name == "decoder/projection/weight")
    name = "decoder/embeddings/weight";
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back((static_cast<float>((7 * i + 3 * name.size()) % 17) - 8) / 8);
  return values;
}

TEST_F(Ctranslate2, ReadsAFileOfTheReferenceImplementation) {
  const auto file = Ctranslate2File::open("tests/golden/formats/reference.ctranslate2");
  EXPECT_EQ(file.header().spec, Ctranslate2Header{}.spec);
  EXPECT_EQ(file.header().revision, Ctranslate2Header{}.revision);
  std::size_t num_floats = 0;
  for (const std::string& name : file.names()) {
    const TensorView& tensor = file.at(name);
    if (tensor.dtype != DType::f32) continue;
    num_floats += tensor.bytes / sizeof(float);
    EXPECT_EQ(values_of<float>(tensor), golden_values(name, tensor.bytes / sizeof(float))) << name;
  }
  EXPECT_EQ(num_floats, 524U);  // of all weights, tied ones under each of their names
  EXPECT_THAT(file.at("decoder/layer_0/self_attention/linear_0/weight").shape, ElementsAre(12, 4));
  EXPECT_EQ(values_of<std::int16_t>(file.at("encoder/num_heads")), std::vector<std::int16_t>{2});
  EXPECT_THAT(file.at("encoder/num_heads").shape, ElementsAre());
  EXPECT_EQ(values_of<std::int8_t>(file.at("encoder/pre_norm")), std::vector<std::int8_t>{1});
  EXPECT_THAT(file.aliases(),
              testing::Contains(Pair("decoder/projection/weight", "decoder/embeddings/weight")));
}

TEST_F(Ctranslate2, ReadsQuantisedWeightsOfTheReferenceImplementation) {
  const auto file =
      Ctranslate2File::open("tests/golden/formats/reference_int8_float16.ctranslate2");
  const std::string name = "decoder/layer_0/ffn/linear_0/weight";
  const TensorView& weight = file.at(name);
  ASSERT_EQ(weight.dtype, DType::i8);
  ASSERT_THAT(weight.shape, ElementsAre(6, 4));
  const auto scales = values_of<float>(file.at(name + "_scale"));
  ASSERT_EQ(scales.size(), 6U);
  const auto quantised = values_of<std::int8_t>(weight);
  const auto expected = golden_values(name, 24);
  for (std::size_t i = 0; i < 24; ++i)
    EXPECT_NEAR(quantised[i] / scales[i / 4], expected[i], 0.5 / 100) << i;
  EXPECT_EQ(file.at("decoder/layer_0/ffn/linear_0/bias").dtype, DType::f16);
}

TEST_F(Ctranslate2, WritesWhatTheReferenceImplementationWrites) {
  for (const char* name : {"reference", "reference_int8_float16"}) {
    const auto golden =
        std::filesystem::path("tests/golden/formats") / (std::string(name) + ".ctranslate2");
    const auto file = Ctranslate2File::open(golden);
    write_ctranslate2(path_, file.header(), variables_of(file), file.aliases());
    EXPECT_EQ(bytes_of(path_), bytes_of(golden));
  }
}

/// Writing must throw invalid_argument and leave what was there.
void expect_invalid(const std::vector<NamedTensor>& variables,
                    const std::vector<Ctranslate2Alias>& aliases, const std::string& why) {
  const TemporaryFolder folder;
  write_bytes(folder / "old", "old");
  try {
    write_ctranslate2(folder / "old", {}, variables, aliases);
    ADD_FAILURE() << "nothing thrown: " << why;
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr(why));
  }
  EXPECT_EQ(bytes_of(folder / "old"), "old");
}

TEST_F(Ctranslate2, WriterRefusesWhatTheFormatCannotHold) {
  const TensorView good = view(DType::i8, {3}, kBytes);
  expect_invalid({{"", good}}, {}, "is empty");
  expect_invalid({{std::string("a\0b", 3), good}}, {}, "zero byte");
  expect_invalid({{std::string(65'535, 'a'), good}}, {}, "65,534");
  expect_invalid({{"a", good}, {"a", good}}, {}, "'a' occurs twice");
  expect_invalid({{"a", view(DType::u8, {3}, kBytes)}}, {}, "dtype U8");
  expect_invalid({{"a", view(DType::i8, {4}, kBytes)}}, {}, "differs from its shape");
  expect_invalid({{"a", view(DType::i8, std::vector<std::int64_t>(65, 1), kBytes)}}, {}, "64");
  expect_invalid({{"a", TensorView{DType::i8, {1}, nullptr, 1}}}, {}, "has no data");
  expect_invalid({{"a", TensorView{DType::i8, {std::int64_t{1} << 32}, good.data, 1UL << 32}}}, {},
                 "4 GiB");
  expect_invalid({{"a", TensorView{DType::i8, {0, std::int64_t{1} << 32}, good.data, 0}}}, {},
                 "32 bits");
  expect_invalid({{"a", good}}, {{"b", "c"}}, "'b' leads to 'c'");
  expect_invalid({{"a", good}}, {{"b", "a"}, {"c", "b"}}, "'c' leads to 'b'");
  expect_invalid({{"a", good}}, {{"b", "a"}, {"b", "a"}}, "'b' occurs twice");
  expect_invalid({{"a", good}}, {{"a", "a"}}, "'a' occurs twice");
  EXPECT_THROW(write_ctranslate2(path_, {.spec = ""}, {}, {}), std::invalid_argument);
}

TEST_F(Ctranslate2, WritesTheLongestName) {
  const std::string name(65'534, 'n');
  const std::vector<NamedTensor> variables = {{name, view(DType::i8, {3}, kBytes)}};
  write_ctranslate2(path_, {}, variables, {});
  EXPECT_THAT(Ctranslate2File::open(path_).names(), ElementsAre(name));
}

TEST_F(Ctranslate2, WriterNamesWhatTheSystemRefuses) {
  EXPECT_THROW(write_ctranslate2(folder_ / "none" / "model.bin", {}, sample(), {}), RunError);
  EXPECT_THROW(write_ctranslate2("/dev/full", {}, sample(), {}), RunError);
}

}  // namespace
}  // namespace regard
