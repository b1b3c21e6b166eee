#include "regard/model/weights.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"

#include "core/file_support.h"
#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::error_of;
using test::expect_identical;
using test::slurp;
using test::spill;
using test::tiny_model;
using testing::HasSubstr;
using torch::Tensor;

constexpr std::int64_t kStoredVocabulary = 21;

WeightsHeader some_header() {
  WeightsHeader header;
  header.roles = {.pad = 20,
                  .unknown = 19,
                  .decoder_start = 18,
                  .source_end = 17,
                  .target_end = 16,
                  .suppressed = {20, 18, 5}};
  header.source_tokenizer = 0xfedcba9876543210u;
  header.target_tokenizer = 7;
  header.update = 123'456'789'012;
  return header;
}

std::vector<Tensor> copies_of(torch::nn::Module& model) {
  std::vector<Tensor> copies;
  for (const Tensor& parameter : model.parameters())
    copies.push_back(parameter.detach().clone());
  return copies;
}

class WeightsFile : public testing::Test {
 protected:
  std::string load_error(const std::filesystem::path& path, Seq2Seq& model,
                         std::int64_t vocabulary = kStoredVocabulary) const {
    return error_of<UserError>([&] { load_weights(path, *model, vocabulary); });
  }
  /// A file whose metadata are complete, but for one value.
  void save_with(const std::string& key, const std::string& value) {
    Metadata metadata = {{"regard.version", "1"},
                         {"regard.roles", to_json(TokenRoles{})},
                         {"regard.source_tokenizer", "1"},
                         {"regard.target_tokenizer", "2"},
                         {"regard.update", "3"}};
    metadata[key] = value;
    std::filesystem::remove(path_);
    save_tensors(path_, named_weights(*model_), metadata);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.safetensors";
  Seq2Seq model_ = tiny_model(kStoredVocabulary, 1);
};

TEST_F(WeightsFile, ComesBackBitForBit) {
  const WeightsHeader header = some_header();
  save_weights(path_, named_weights(*model_), header);
  Seq2Seq read = tiny_model(kStoredVocabulary, 2);
  const WeightsHeader back = load_weights(path_, *read, kStoredVocabulary);
  const auto expected = model_->named_parameters();
  ASSERT_GT(expected.size(), 20u);
  for (const auto& item : read->named_parameters())
    expect_identical(item.value(), expected[item.key()]);
  EXPECT_EQ(back.roles, header.roles);
  EXPECT_EQ(back.source_tokenizer, header.source_tokenizer);
  EXPECT_EQ(back.target_tokenizer, header.target_tokenizer);
  EXPECT_EQ(back.update, header.update);
}

TEST_F(WeightsFile, HoldsTiedMatricesOnce) {
  save_weights(path_, named_weights(*model_), {});
  const SafetensorsFile file = SafetensorsFile::open(path_);
  EXPECT_TRUE(file.contains("encoder.embedding.weight"));
  EXPECT_FALSE(file.contains("decoder.embedding.weight"));
  EXPECT_EQ(file.names().size(), model_->parameters().size());
}

TEST_F(WeightsFile, TiedUsesStayTiedAfterLoading) {
  save_weights(path_, named_weights(*model_), {});
  Seq2Seq read = tiny_model(kStoredVocabulary, 2);
  load_weights(path_, *read, kStoredVocabulary);
  expect_identical(read->output_weight(), model_->output_weight());
}

TEST_F(WeightsFile, OfAnotherVersionIsRefused) {
  save_with("regard.version", "1");
  ASSERT_NO_THROW(load_weights(path_, *model_, kStoredVocabulary));
  for (const char* version : {"2", "0", "", "1.0"}) {
    save_with("regard.version", version);
    EXPECT_THAT(load_error(path_, model_), HasSubstr("this program supports 1")) << version;
  }
}

TEST_F(WeightsFile, WithMetadataThatMakeNoSenseIsRefused) {
  for (const char* key : {"regard.source_tokenizer", "regard.target_tokenizer", "regard.update"}) {
    for (const char* value : {"", "x", "1 ", "99999999999999999999999999999999"}) {
      save_with(key, value);
      EXPECT_THAT(load_error(path_, model_), HasSubstr(key)) << value;
    }
  }
}

TEST_F(WeightsFile, OfAnotherProgramIsRefused) {
  save_tensors(path_, named_weights(*model_), {{"format", "pt"}});
  EXPECT_THAT(load_error(path_, model_), HasSubstr("the metadata has no 'regard.version'"));
}

TEST_F(WeightsFile, WithRolesOutsideTheVocabularyIsRefused) {
  WeightsHeader header;
  header.roles.target_end = 20;
  save_weights(path_, named_weights(*model_), header);
  ASSERT_NO_THROW(load_weights(path_, *model_, kStoredVocabulary));
  EXPECT_THAT(load_error(path_, model_, 20),
              HasSubstr("target_end = 20 is outside the vocabulary of 20"));
}

TEST_F(WeightsFile, CutAnywhereIsRefused) {
  save_weights(path_, named_weights(*model_), some_header());
  const std::string whole = slurp(path_);
  ASSERT_GT(whole.size(), 1000u);
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{8}, std::size_t{100},
                                 whole.size() / 2, whole.size() - 4, whole.size() - 1}) {
    const auto cut = folder_ / "cut.safetensors";
    std::filesystem::remove(cut);
    spill(cut, whole.substr(0, size));
    EXPECT_THAT(load_error(cut, model_), HasSubstr("cut.safetensors")) << size;
  }
}

TEST_F(WeightsFile, WithOneByteChangedIsRefused) {
  save_weights(path_, named_weights(*model_), some_header());
  const std::string whole = slurp(path_);
  for (const std::size_t place :
       {std::size_t{0}, std::size_t{20}, whole.size() / 2, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    const auto path = folder_ / "damaged.safetensors";
    std::filesystem::remove(path);
    spill(path, damaged);
    EXPECT_THAT(load_error(path, model_), HasSubstr("damaged.safetensors")) << place;
  }
}

TEST_F(WeightsFile, OfAnotherShapeIsRefusedAndChangesNothing) {
  ModelOptions wider = test::tiny_options();
  wider.feed_forward = 48;
  Seq2Seq other = tiny_model(kStoredVocabulary, 2, wider);
  save_weights(path_, named_weights(*other), {});
  const std::vector<Tensor> before = copies_of(*model_);
  EXPECT_THAT(load_error(path_, model_),
              testing::AllOf(HasSubstr("network"), HasSubstr("has the shape [48")));
  const std::vector<Tensor> after = copies_of(*model_);
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i)
    expect_identical(after[i], before[i]);
}

TEST_F(WeightsFile, WithTooManyOrTooFewTensorsIsRefused) {
  ModelOptions deeper = test::tiny_options();
  deeper.layers = 3;
  Seq2Seq other = tiny_model(kStoredVocabulary, 2, deeper);
  save_weights(path_, named_weights(*other), {});
  EXPECT_THAT(load_error(path_, model_), HasSubstr("is not part of the model"));
  const auto fewer = folder_ / "fewer.safetensors";
  save_weights(fewer, named_weights(*model_), {});
  EXPECT_THAT(load_error(fewer, other), HasSubstr("is missing"));
}

TEST_F(WeightsFile, WithValuesThatAreNotFiniteIsRefused) {
  {
    torch::NoGradGuard no_grad;
    model_->parameters()[3].view(-1)[0] = std::numeric_limits<float>::quiet_NaN();
  }
  save_weights(path_, named_weights(*model_), {});
  Seq2Seq read = tiny_model(kStoredVocabulary, 2);
  EXPECT_THAT(load_error(path_, read), HasSubstr("non-finite values"));
}

TEST_F(WeightsFile, ThatIsMissingIsNamed) {
  EXPECT_THAT(load_error(folder_ / "none.safetensors", model_), HasSubstr("none.safetensors"));
}

std::string roles_error(const std::string& text) {
  return error_of<UserError>([&] { roles_from_json(text, kStoredVocabulary, "m.safetensors"); });
}

TEST(TokenRolesJson, ComesBack) {
  EXPECT_EQ(roles_from_json(to_json(TokenRoles{}), kStoredVocabulary, "m"), TokenRoles{});
  EXPECT_EQ(roles_from_json(to_json(some_header().roles), kStoredVocabulary, "m"),
            some_header().roles);
  TokenRoles none_suppressed;
  none_suppressed.suppressed.clear();
  EXPECT_EQ(roles_from_json(to_json(none_suppressed), kStoredVocabulary, "m"), none_suppressed);
  EXPECT_THAT(to_json(TokenRoles{}), testing::Not(HasSubstr("forced_first")));
  const TokenRoles forced{.forced_first = kStoredVocabulary - 1};
  EXPECT_EQ(roles_from_json(to_json(forced), kStoredVocabulary, "m"), forced);
}

TEST(TokenRolesJson, IdsOutsideTheVocabularyAreRefused) {
  for (const std::int64_t id : {kStoredVocabulary, std::int64_t{-1}, std::int64_t{1} << 40}) {
    for (std::int64_t TokenRoles::*role : {&TokenRoles::pad, &TokenRoles::unknown,
                                           &TokenRoles::decoder_start, &TokenRoles::target_end}) {
      TokenRoles roles;
      roles.*role = id;
      EXPECT_THAT(roles_error(to_json(roles)), HasSubstr("outside the vocabulary")) << id;
    }
    if (id >= 0) {
      EXPECT_THAT(roles_error(to_json(TokenRoles{.forced_first = id})),
                  HasSubstr("outside the vocabulary"));
    }
    TokenRoles roles;
    roles.suppressed.push_back(id);
    EXPECT_THAT(roles_error(to_json(roles)), HasSubstr("a suppressed id is outside"));
  }
  TokenRoles last;
  last.target_end = kStoredVocabulary - 1;
  EXPECT_EQ(roles_error(to_json(last)), "nothing thrown");
}

TEST(TokenRolesJson, TheSourceEndIsAnIdOfTheSource) {
  // The source vocabulary may be the larger one.
  TokenRoles roles;
  roles.source_end = kStoredVocabulary + 5;
  EXPECT_EQ(roles_error(to_json(roles)), "nothing thrown");
  roles.source_end = -1;
  EXPECT_THAT(roles_error(to_json(roles)), HasSubstr("source_end"));
}

TEST(TokenRolesJson, AnythingElseIsRefusedWithThePlace) {
  for (
      const char* text :
      {"", "{", "[]", "7", "null", "{}", "{\"pad\": 0}",
       R"({"pad":"0","unknown":1,"decoder_start":2,"source_end":3,"target_end":3,"suppressed":[]})",
       R"({"pad":0,"unknown":1,"decoder_start":2,"source_end":3,"target_end":3,"suppressed":["0"]})",
       R"({"pad":0,"unknown":1,"decoder_start":2,"source_end":3,"target_end":3})"}) {
    EXPECT_THAT(roles_error(text), HasSubstr("m.safetensors: unreadable token roles")) << text;
  }
}

}  // namespace
}  // namespace regard
