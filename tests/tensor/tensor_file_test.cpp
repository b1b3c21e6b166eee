#include "regard/tensor/tensor_file.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/tensor/torch.h"

#include "core/file_support.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::error_of;
using test::expect_identical;
using test::TemporaryFolder;
using testing::HasSubstr;
using torch::Tensor;

const torch::Dtype kStoredTypes[] = {torch::kBool,  torch::kUInt8, torch::kInt8,     torch::kInt16,
                                     torch::kInt32, torch::kInt64, torch::kBFloat16, torch::kHalf,
                                     torch::kFloat, torch::kDouble};

/// Two small tensors to be written over.
NamedTensors targets() {
  return {{"first", at::full({2, 3}, 7.0)}, {"second", at::full({4}, 8.0)}};
}

/// What loading the file `saved` into targets() throws; the targets must then be as before.
std::string file_refusal(const NamedTensors& saved) {
  const TemporaryFolder folder;
  save_tensors(folder / "a.safetensors", saved, {});
  const SafetensorsFile file = SafetensorsFile::open(folder / "a.safetensors");
  const NamedTensors into = targets();
  const std::string text =
      error_of<UserError>([&] { load_tensors(file, folder / "a.safetensors", into); });
  for (std::size_t i = 0; i < into.size(); ++i) {
    expect_identical(into[i].second, targets()[i].second);
  }
  EXPECT_THAT(text, HasSubstr("a.safetensors"));
  return text;
}

TEST(TensorFile, EveryTypeComesBackUnchanged) {
  const TemporaryFolder folder;
  NamedTensors saved;
  NamedTensors loaded;
  for (const torch::Dtype type : kStoredTypes) {
    const std::string name = c10::toString(type);
    saved.emplace_back(name, (10.0 * test::normal({3, 5}, 1)).abs().to(type));
    loaded.emplace_back(name, at::zeros({3, 5}, type));
  }
  save_tensors(folder / "a.safetensors", saved, {{"key", "value"}});
  const SafetensorsFile file = SafetensorsFile::open(folder / "a.safetensors");
  EXPECT_EQ(file.metadata().at("key"), "value");
  load_tensors(file, folder / "a.safetensors", loaded);
  for (std::size_t i = 0; i < saved.size(); ++i) {
    SCOPED_TRACE(saved[i].first);
    EXPECT_TRUE((saved[i].second != 0).any().item<bool>());
    expect_identical(loaded[i].second, saved[i].second);
    expect_identical(tensor_from(file, saved[i].first), saved[i].second);
  }
}

TEST(TensorFile, ScalarsEmptyTensorsAndViewsComeBack) {
  const TemporaryFolder folder;
  const Tensor matrix = test::normal({4, 6}, 1, torch::kFloat);
  save_tensors(folder / "a.safetensors",
               {{"scalar", at::full({}, 2.5)},
                {"empty", at::zeros({0, 3})},
                {"transposed", matrix.t()},
                {"parameter", matrix.clone().requires_grad_()}},
               {});
  const SafetensorsFile file = SafetensorsFile::open(folder / "a.safetensors");
  expect_identical(tensor_from(file, "scalar"), at::full({}, 2.5));
  EXPECT_EQ(tensor_from(file, "empty").sizes(), at::IntArrayRef({0, 3}));
  expect_identical(tensor_from(file, "transposed"), matrix.t());
  expect_identical(tensor_from(file, "parameter"), matrix);
}

TEST(TensorFile, LoadsIntoParameters) {
  const TemporaryFolder folder;
  const Tensor values = test::normal({2, 3}, 1, torch::kFloat);
  save_tensors(folder / "a.safetensors", {{"weight", values}}, {});
  const Tensor parameter = at::zeros({2, 3}).requires_grad_();
  load_tensors(SafetensorsFile::open(folder / "a.safetensors"), folder / "a.safetensors",
               {{"weight", parameter}});
  expect_identical(parameter.detach(), values);
  EXPECT_TRUE(parameter.is_leaf() && parameter.requires_grad());
}

TEST(TensorFile, ATensorOutlivesItsFileAndNeverChangesIt) {
  const TemporaryFolder folder;
  const Tensor values = test::normal({50}, 1, torch::kFloat);
  save_tensors(folder / "a.safetensors", {{"weight", values}}, {});
  std::optional<SafetensorsFile> file = SafetensorsFile::open(folder / "a.safetensors");
  const Tensor read = tensor_from(*file, "weight");
  file.reset();
  expect_identical(read, values);
  read.zero_();
  const auto again = SafetensorsFile::open(folder / "a.safetensors");
  expect_identical(tensor_from(again, "weight"), values);
}

/// A file as another program may write it: no checksums, no alignment.
void write_foreign(const std::filesystem::path& path, std::string header, std::string_view data) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>((header.size() >> (8 * i)) & 0xFF);
  }
  test::spill(path, bytes + header + std::string(data));
}

TEST(TensorFile, ReadsTensorsAtUnalignedAddresses) {
  const TemporaryFolder folder;
  const float values[] = {1.5F, -2.0F};
  const std::string_view data(reinterpret_cast<const char*>(values), sizeof values);
  const std::string header = R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  for (std::size_t spaces = 0; spaces < 4; ++spaces) {
    write_foreign(folder / "a.safetensors", header + std::string(spaces, ' '), data);
    const auto file = SafetensorsFile::open(folder / "a.safetensors");
    expect_identical(tensor_from(file, "w"), torch::tensor({1.5F, -2.0F}));
  }
}

TEST(TensorFile, RefusesATypeThatTorchDoesNotHaveByNameAndFile) {
  const TemporaryFolder folder;
  write_foreign(folder / "a.safetensors",
                R"({"w":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}})", "ab");
  const auto file = SafetensorsFile::open(folder / "a.safetensors");
  const std::string text = error_of<UserError>([&] { tensor_from(file, "w"); });
  EXPECT_THAT(text, HasSubstr("a.safetensors"));
  EXPECT_THAT(text, HasSubstr("'w'"));
  EXPECT_THAT(text, HasSubstr("F8_E4M3"));
}

TEST(TensorFile, RefusesAMissingTensor) {
  EXPECT_THAT(file_refusal({{"first", at::ones({2, 3})}}), HasSubstr("'second' is missing"));
  const TemporaryFolder folder;
  save_tensors(folder / "a.safetensors", {{"w", at::ones({2})}}, {});
  const auto file = SafetensorsFile::open(folder / "a.safetensors");
  EXPECT_THAT(error_of<UserError>([&] { tensor_from(file, "v"); }), HasSubstr("no tensor 'v'"));
}

TEST(TensorFile, RefusesATensorTooMany) {
  EXPECT_THAT(
      file_refusal(
          {{"first", at::ones({2, 3})}, {"second", at::ones({4})}, {"third", at::ones({1})}}),
      HasSubstr("'third' is not part of the model"));
}

TEST(TensorFile, RefusesAnotherShape) {
  const std::string text =
      file_refusal({{"first", at::ones({2, 3})}, {"second", at::ones({2, 2})}});
  EXPECT_THAT(text, HasSubstr("'second' has the shape [2, 2], the model needs [4]"));
}

TEST(TensorFile, RefusesAnotherType) {
  const std::string text =
      file_refusal({{"first", at::ones({2, 3})}, {"second", at::ones({4}, torch::kDouble)}});
  EXPECT_THAT(text, HasSubstr("'second' is Double, the model needs Float"));
}

TEST(TensorFile, RefusesValuesThatAreNotFinite) {
  using Limits = std::numeric_limits<float>;
  for (const float bad : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
    const Tensor second = at::ones({4});
    second[3] = bad;
    EXPECT_THAT(file_refusal({{"first", at::ones({2, 3})}, {"second", second}}),
                HasSubstr("'second' contains non-finite values"));
  }
}

}  // namespace
}  // namespace regard
