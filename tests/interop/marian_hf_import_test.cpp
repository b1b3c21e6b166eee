#include <algorithm>
#include <functional>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/interop/marian_hf.h"
#include "regard/layers/position.h"
#include "regard/tensor/tensor_file.h"

#include "formats/temporary_folder.h"
#include "interop/portable_support.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using torch::Tensor;
using Json = nlohmann::json;

constexpr std::int64_t kPieces = 120;
constexpr std::int64_t kDim = 16;
constexpr double kTolerance = 1e-4;
const std::string kShared = "model.shared.weight";
const std::string kEncoder = "model.encoder.embed_tokens.weight";
const std::string kDecoder = "model.decoder.embed_tokens.weight";
const std::string kOutput = "lm_head.weight";
const std::string kEncoderPositions = "model.encoder.embed_positions.weight";
const std::string kDecoderPositions = "model.decoder.embed_positions.weight";

Tensor random_table(std::int64_t rows, std::uint64_t seed) {
  return test::normal({rows, kDim}, seed, torch::kFloat);
}

/// A sound MarianMT directory whose files can be changed.
class Directory {
 public:
  Directory() {
    ModelOptions options = test::tiny_options();
    options.norm = NormPlacement::post;
    options.position = PositionKind::sinusoidal_halves;
    options.activation = Activation::silu;
    const Tokenizer tokenizer = test::sample_tokenizer(kPieces);
    write_marian_hf(test::portable(options, tokenizer, tokenizer), path());
    const SafetensorsFile file = SafetensorsFile::open(path() / "model.safetensors");
    for (const std::string& name : file.names())
      tensors[name] = tensor_from(file, name).clone();
  }

  const std::filesystem::path& path() const { return folder_.path(); }
  void change(const char* file, const std::function<void(Json&)>& edit) {
    Json json = Json::parse(bytes_of(path() / file));
    edit(json);
    write_file_atomically(path() / file, json.dump());
  }
  void set(const char* key, const Json& value) {
    change("config.json", [&](Json& config) { config[key] = value; });
  }
  PortableModel read() {
    // Not over the old file, whose bytes models that were read before still show.
    std::filesystem::remove(path() / "model.safetensors");
    save_tensors(path() / "model.safetensors", {tensors.begin(), tensors.end()}, {});
    return read_marian_hf(path());
  }
  /// How far a model is from what the files say.
  Verification distance(const PortableModel& model) const {
    return compare_with(marian_hf_logits(path()), model_of(model.weights), model.roles);
  }
  std::string error() {
    try {
      read();
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  std::map<std::string, Tensor> tensors;

 private:
  TemporaryFolder folder_;
};

void expect_right(const Directory& directory, const PortableModel& model) {
  const Verification found = directory.distance(model);
  EXPECT_LT(found.max_difference, kTolerance);
  EXPECT_GT(found.largest_logit, 0.1);
  EXPECT_GT(found.values, 1000);
}

TEST(MarianHuggingFaceImport, ATiedTableIsFoundUnderAnyName) {
  Directory directory;
  const Tensor table = directory.tensors.at(kShared);
  for (const std::string& name : {kEncoder, kDecoder, kOutput, kShared}) {
    SCOPED_TRACE(name);
    directory.tensors.erase(kShared);
    directory.tensors[name] = table;
    const PortableModel model = directory.read();
    directory.tensors.erase(name);
    EXPECT_EQ(model.weights.shape.tie, Tie::all);
    EXPECT_THAT(model.notes, IsEmpty());
    test::expect_identical(model.weights.output_weight, table);
    test::expect_identical(model.weights.encoder.embedding, table);
    EXPECT_TRUE(model.weights.decoder.embedding.is_same(model.weights.encoder.embedding));
  }
}

TEST(MarianHuggingFaceImport, CopiesOfATiedTableAreTied) {
  Directory directory;
  for (const std::string& name : {kEncoder, kDecoder, kOutput})
    directory.tensors[name] = directory.tensors.at(kShared).clone();
  const PortableModel model = directory.read();
  EXPECT_EQ(model.weights.shape.tie, Tie::all);
  EXPECT_THAT(model.notes, IsEmpty());
  expect_right(directory, model);
}

TEST(MarianHuggingFaceImport, ATableThatIsStoredIsUsedAndNamed) {
  for (const std::string& name : {kEncoder, kDecoder, kOutput}) {
    SCOPED_TRACE(name);
    Directory directory;
    const PortableModel tied = directory.read();
    const Tensor other = random_table(kPieces, 9);
    directory.tensors[name] = other;
    const PortableModel model = directory.read();
    const TransformerWeights& weights = model.weights;
    test::expect_identical(name == kEncoder   ? weights.encoder.embedding
                           : name == kDecoder ? weights.decoder.embedding
                                              : weights.output_weight,
                           other);
    EXPECT_EQ(weights.shape.tie, name == kEncoder ? Tie::decoder : Tie::none);
    EXPECT_THAT(model.notes, ElementsAre(HasSubstr(name)));
    expect_right(directory, model);
    EXPECT_GT(directory.distance(tied).max_difference, 0.01) << "the check is blind";
  }
}

/// All tables that can be stored, under all that config.json can say of them.
TEST(MarianHuggingFaceImport, EveryChoiceOfTablesIsReadAsTheCheckReadsItOrRefused) {
  const std::vector<std::string> names = {kShared, kEncoder, kDecoder, kOutput};
  std::map<bool, int> outcomes;
  for (const auto& [shares, ties] :
       {std::pair{true, true}, {true, false}, {false, true}, {false, false}}) {
    Directory directory;
    directory.set("share_encoder_decoder_embeddings", shares);
    directory.set("tie_word_embeddings", ties);
    for (unsigned stored = 0; stored < 16; ++stored) {
      SCOPED_TRACE(testing::Message() << shares << ties << " " << stored);
      for (unsigned i = 0; i < 4; ++i) {
        directory.tensors.erase(names[i]);
        if ((stored >> i & 1U) != 0) directory.tensors[names[i]] = random_table(kPieces, 20 + i);
      }
      const bool is_complete = directory.error().empty();
      ++outcomes[is_complete];
      if (is_complete) {
        expect_right(directory, directory.read());
      } else {
        EXPECT_THAT(directory.error(), HasSubstr("is missing"));
        const PortableModel other = Directory().read();
        EXPECT_THROW(directory.distance(other), UserError);
      }
    }
  }
  // Shared and tied: any one table. Tied: the encoder's and one more. Else all that are not shared.
  EXPECT_EQ(outcomes[true], 15 + 7 + 6 + 2);
  EXPECT_EQ(outcomes[false], 1 + 9 + 10 + 14);
}

TEST(MarianHuggingFaceImport, ATableOfTheWrongSizeIsRefused) {
  for (const std::string& name : {kShared, kEncoder, kDecoder, kOutput}) {
    Directory directory;
    directory.tensors[name] = random_table(kPieces + 1, 9);
    EXPECT_THAT(directory.error(), HasSubstr(name));
  }
}

TEST(MarianHuggingFaceImport, StoredSinusoidsAreTheClosedForm) {
  for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kBFloat16}) {
    for (const PositionKind kind : {PositionKind::sinusoidal_halves, PositionKind::timing}) {
      Directory directory;
      directory.set("max_position_embeddings", 50);
      const Tensor table = position_table(kind, 50, kDim).to(type);
      directory.tensors[kEncoderPositions] = directory.tensors[kDecoderPositions] = table;
      const PortableModel model = directory.read();
      EXPECT_EQ(model.weights.shape.position, kind);
      EXPECT_THAT(model.notes, IsEmpty());
      if (type == at::kFloat) expect_right(directory, model);
    }
  }
}

TEST(MarianHuggingFaceImport, OtherPositionsAreUsedAsTheyAreStored) {
  for (const auto& sides : {std::vector{kEncoderPositions}, std::vector{kDecoderPositions},
                            std::vector{kEncoderPositions, kDecoderPositions}}) {
    Directory directory;
    directory.set("max_position_embeddings", 30);
    directory.set("static_position_embeddings", false);
    for (const std::string& name : sides)
      directory.tensors[name] = random_table(30, 7 + name.size());
    if (sides.size() == 1 && sides[0] == kDecoderPositions)
      directory.set("static_position_embeddings", true);
    const PortableModel model = directory.read();
    EXPECT_EQ(model.weights.shape.position, PositionKind::learned);
    EXPECT_EQ(model.weights.shape.max_positions, 30);
    EXPECT_THAT(model.notes, ElementsAre(HasSubstr("29 subwords")));
    expect_right(directory, model);
  }
}

TEST(MarianHuggingFaceImport, LearnedPositionsThatAreNotStoredAreMissed) {
  Directory directory;
  directory.set("static_position_embeddings", false);
  EXPECT_THAT(directory.error(), HasSubstr("static_position_embeddings"));
  directory.tensors[kEncoderPositions] = random_table(30, 7);
  EXPECT_THAT(directory.error(), HasSubstr("expected [1024, 16]")) << "not what config.json says";
}

TEST(MarianHuggingFaceImport, TheOutputBiasMayBeThereOrNot) {
  Directory directory;
  const PortableModel zero = directory.read();
  EXPECT_FALSE(zero.weights.shape.has_output_bias);
  directory.tensors["final_logits_bias"] = test::normal({1, kPieces}, 8, torch::kFloat);
  const PortableModel biased = directory.read();
  EXPECT_TRUE(biased.weights.shape.has_output_bias);
  expect_right(directory, biased);
  EXPECT_GT(directory.distance(zero).max_difference, 0.1);
  directory.tensors.erase("final_logits_bias");
  const PortableModel absent = directory.read();
  EXPECT_FALSE(absent.weights.shape.has_output_bias);
  expect_right(directory, absent);
}

TEST(MarianHuggingFaceImport, NumbersOf16BitsAndUnscaledEmbeddings) {
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16}) {
    Directory directory;
    directory.set("scale_embedding", false);
    for (auto& [name, tensor] : directory.tensors)
      tensor = tensor.to(type);
    const PortableModel model = directory.read();
    EXPECT_FALSE(model.weights.shape.scales_embedding);
    expect_right(directory, model);
  }
}

TEST(MarianHuggingFaceImport, RowsWithoutAPieceAreKeptAndNeverSaid) {
  Directory directory;
  const std::int64_t rows = kPieces + 8;
  directory.set("vocab_size", rows);
  directory.set("decoder_vocab_size", rows);
  directory.tensors[kShared] = random_table(rows, 3);
  directory.tensors["final_logits_bias"] = at::zeros({1, rows});
  write_file_atomically(directory.path() / "added_tokens.json", R"({"<ent>": 121})");
  const PortableModel model = directory.read();
  EXPECT_EQ(model.source.size(), rows);
  EXPECT_EQ(model.target.size(), rows);
  EXPECT_TRUE(model.shares_vocabulary);
  EXPECT_THAT(model.notes, ElementsAre(HasSubstr("7 rows more")));
  EXPECT_THAT(model.roles.suppressed, Contains(120));
  EXPECT_THAT(model.roles.suppressed, Not(Contains(121)));
  EXPECT_THAT(model.roles.suppressed, Contains(127));
  EXPECT_THAT(model.source.encode("ein <ent> Mann"), Contains(121));
  expect_right(directory, model);
}

TEST(MarianHuggingFaceImport, AddedTokensAreOnePiece) {
  Directory directory;
  const std::int64_t rows = kPieces + 2;
  directory.set("vocab_size", rows);
  directory.set("decoder_vocab_size", rows);
  directory.tensors[kShared] = random_table(rows, 3);
  directory.tensors["final_logits_bias"] = at::zeros({1, rows});
  directory.change("tokenizer_config.json", [](Json& json) {
    json["added_tokens_decoder"] = {{"3", {{"content", "</s>"}}},
                                    {"120", {{"content", "<ent>"}, {"special", true}}},
                                    {"121", {{"content", "GmbH & Co"}}}};
  });
  const PortableModel model = directory.read();
  EXPECT_THAT(model.notes, IsEmpty());
  EXPECT_THAT(model.source.encode("<ent>GmbH & Co"), ElementsAre(120, 121));
  EXPECT_THAT(model.source.encode("</s>"), Not(Contains(3))) << "whatever stands in a text is text";
  EXPECT_EQ(model.target.decode(model.target.encode("<ent>")), "<ent>");
  // And out again.
  TemporaryFolder out;
  write_marian_hf(model, out.path());
  EXPECT_EQ(read_marian_hf(out.path()).source.table()->added(), model.source.table()->added());
}

TEST(MarianHuggingFaceImport, AddedTokensThatContradictTheVocabularyAreRefused) {
  for (const char* text : {R"({"<ent>": 120})", R"({"<ent>": 7})", R"({"<ent>": -1})",
                           R"({"<ent>": "120"})", R"({"<ent>": 99999999999})", "[]"}) {
    Directory directory;
    write_file_atomically(directory.path() / "added_tokens.json", text);
    EXPECT_THAT(directory.error(), Not(IsEmpty())) << text;
  }
  for (const Json& value :
       {Json{{"x", {{"content", "<ent>"}}}}, Json{{"7", "<ent>"}}, Json{{"7", {{"content", 7}}}},
        Json{{"500", {{"content", "<ent>"}}}}, Json(7)}) {
    Directory directory;
    directory.change("tokenizer_config.json",
                     [&](Json& json) { json["added_tokens_decoder"] = value; });
    EXPECT_THAT(directory.error(), Not(IsEmpty())) << value;
  }
}

TEST(MarianHuggingFaceImport, MoreIsTakenOverFromTheSearch) {
  Directory directory;
  directory.change("generation_config.json", [](Json& json) {
    json["forced_bos_token_id"] = 20;
    json["max_new_tokens"] = 33;
    json["min_new_tokens"] = 4;
    json["suppress_tokens"] = {30, 31};
    json["bad_words_ids"] = {{31}, {40}};
    json.erase("decoder_start_token_id");
    json["temperature"] = 1.0;
    json["repetition_penalty"] = nullptr;
  });
  const PortableModel model = directory.read();
  EXPECT_EQ(model.roles.forced_first, 20);
  EXPECT_EQ(model.search.max_length, 32) << "without the end mark";
  EXPECT_EQ(model.search.min_length, 4);
  EXPECT_THAT(model.roles.suppressed, testing::UnorderedElementsAre(30, 31, 40));
  EXPECT_EQ(model.roles.decoder_start, 2) << "of config.json";
  EXPECT_THAT(model.notes, IsEmpty());
  TemporaryFolder out;
  write_marian_hf(model, out.path());
  EXPECT_EQ(read_marian_hf(out.path()).roles, model.roles);
}

TEST(MarianHuggingFaceImport, WhatIsLeftOfTheSearchIsNamed) {
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, Json>>{{"repetition_penalty", 1.2},
                                                 {"num_beam_groups", 2},
                                                 {"diversity_penalty", 0.5},
                                                 {"exponential_decay_length_penalty", {5, 1.1}},
                                                 {"sequence_bias", {{{7}, -1.0}}},
                                                 {"begin_suppress_tokens", {5}},
                                                 {"do_sample", true}}) {
    Directory directory;
    directory.change("generation_config.json",
                     [&, &key = key, &value = value](Json& json) { json[key] = value; });
    EXPECT_THAT(directory.read().notes, ElementsAre(HasSubstr(key))) << key;
  }
  for (const auto& [key, value] :
       std::vector<std::pair<const char*, Json>>{{"forced_bos_token_id", 120},
                                                 {"max_new_tokens", 0},
                                                 {"suppress_tokens", {120}},
                                                 {"suppress_tokens", 7},
                                                 {"bad_words_ids", {{"x"}}}}) {
    Directory directory;
    directory.change("generation_config.json",
                     [&, &key = key, &value = value](Json& json) { json[key] = value; });
    EXPECT_THAT(directory.error(), HasSubstr(key)) << value;
  }
}

}  // namespace
}  // namespace regard
