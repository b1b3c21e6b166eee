#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/core/error.h"
#include "regard/decode/module_model.h"
#include "regard/decode/packing.h"
#include "regard/engine/search.h"
#include "regard/model/obstacles.h"
#include "regard/model/weights.h"
#include "regard/tensor/torch.h"

#include "formats/temporary_folder.h"
#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::batch_of;
using test::random_rows;
using test::tiny_model;
using test::tiny_options;
using torch::Tensor;

constexpr std::int64_t kFastVocabulary = 23;

using Ids = std::vector<std::int64_t>;

Ids random_ids(std::int64_t rows, RandomStream& random) {
  Ids ids;
  for (std::int64_t row = 0; row < rows; ++row)
    ids.push_back(static_cast<std::int64_t>(random.below(kFastVocabulary)));
  return ids;
}

Tensor scores_tensor(const ScoreRows& scores) {
  return at::from_blob(scores.values, {scores.rows, scores.vocabulary}).clone();
}

/// Makes both scorers read the same tokens while hypotheses multiply, change places and leave.
void expect_same_steps(Seq2Seq& model, double tolerance, WeightType type = WeightType::float32) {
  torch::NoGradGuard no_grad;
  const auto transformer = pack_model(*model, type);
  const auto packed = transformer->scorer();
  ModuleScorer plain(*model);
  const TokenBatch sources = batch_of(random_rows({4, 1, 9, 6}, kFastVocabulary));
  packed->start(sources);
  plain.start(sources);
  RandomStream random(5);
  const auto compare = [&](std::int64_t rows) {
    const Ids ids = random_ids(rows, random);
    const Tensor actual = scores_tensor(packed->next(ids));
    test::expect_near(actual, scores_tensor(plain.next(ids)), tolerance);
    test::expect_near(actual.exp().sum(-1), at::ones({rows}), 1e-5);
  };
  const auto reorder = [&](const Ids& rows) {
    packed->reorder(rows);
    plain.reorder(rows);
  };
  compare(4);
  reorder({0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3});
  compare(12);
  reorder({2, 0, 2, 3, 5, 4, 8, 8, 8, 9, 10, 11});
  compare(12);
  // The second sentence leaves.
  for (StepScorer* scorer : {packed.get(), static_cast<StepScorer*>(&plain)})
    scorer->keep(Ids{0, 2, 3}, Ids{1, 0, 1, 7, 7, 6, 9, 11, 10});
  compare(9);
  for (int step = 0; step < 40; ++step) {  // longer than any first capacity
    reorder({2, 1, 0, 3, 3, 4, 8, 6, 7});
    compare(9);
  }
}

TEST(PackedModel, EveryStepEqualsTheModels) {
  for (const auto& [name, options] : test::plain_transformers()) {
    SCOPED_TRACE(name);
    Seq2Seq model = tiny_model(kFastVocabulary, 3, options);
    ASSERT_TRUE(packing_obstacles(*model).empty());
    expect_same_steps(model, 2e-5);
  }
}

/// Decoders that no plain Transformer has, of sublayers that can be packed.
std::vector<std::pair<std::string, ModelOptions>> other_decoders() {
  std::vector<std::pair<std::string, ModelOptions>> all;
  for (const NormPlacement norm : {NormPlacement::pre, NormPlacement::post}) {
    ModelOptions options = tiny_options();
    options.norm = norm;
    const std::string end = ", norm " + config::word_of(norm);
    all.emplace_back("average" + end, test::with_average_decoder(options, 0, false));
    all.emplace_back("average with gates" + end, test::with_average_decoder(options, 0, true));
    all.emplace_back("average with a network" + end, test::with_average_decoder(options, 20, true));
    all.emplace_back("ssru" + end, test::with_ssru_decoder(options));
  }
  ModelOptions mixed = test::with_average_decoder(tiny_options(), 20, true);
  BlocksOptions& blocks = *mixed.decoder->blocks;
  SublayerOptions self;
  self.self_attention.emplace().heads = 4;
  self.self_attention->mask = AttentionMask::causal;
  blocks.sublayers.push_back(self);
  blocks.sublayers.push_back(blocks.sublayers[2]);
  all.emplace_back("five sublayers, two networks", mixed);
  ModelOptions norms = expand(tiny_options());
  norms.decoder->blocks->norm = NormPlacement::post;
  all.emplace_back("norms of its own", norms);
  return all;
}

TEST(PackedModel, EveryStepOfOtherDecodersEqualsTheModels) {
  for (const auto& [name, options] : other_decoders()) {
    SCOPED_TRACE(name);
    EXPECT_FALSE(plain_transformer_obstacles(options).empty());
    Seq2Seq model = tiny_model(kFastVocabulary, 3, options);
    ASSERT_TRUE(packing_obstacles(*model).empty());
    expect_same_steps(model, 2e-5);
  }
}

/// Names and shapes of a model's own weights.
WeightShapes shapes_of(const Seq2Seq& model) {
  WeightShapes shapes;
  for (const auto& item : model->named_parameters())
    shapes[item.key()] = item.value().sizes().vec();
  return shapes;
}

TEST(PackedModel, ThePlanKnowsEveryWeight) {
  auto all = test::plain_transformers();
  for (auto& other : other_decoders())
    all.push_back(std::move(other));
  for (const auto& [name, options] : all) {
    SCOPED_TRACE(name);
    const Seq2Seq model = tiny_model(kFastVocabulary, 3, options);
    EXPECT_EQ(weight_shapes(transformer_plan(model->options(), kFastVocabulary, kFastVocabulary)),
              shapes_of(model));
  }
}

TEST(PackedModel, AFileGivesTheBitsOfTheModel) {
  const TemporaryFolder folder;
  auto all = test::plain_transformers();
  for (auto& other : other_decoders())
    all.push_back(std::move(other));
  for (const auto& [name, options] : all) {
    SCOPED_TRACE(name);
    Seq2Seq model = tiny_model(kFastVocabulary, 3, options);
    save_weights(folder / "model.safetensors", named_weights(*model), {});
    const SafetensorsFile file = SafetensorsFile::open(folder / "model.safetensors");
    const TransformerPlan plan =
        transformer_plan(model->options(), kFastVocabulary, kFastVocabulary);
    for (const WeightType type : {WeightType::float32, WeightType::float16, WeightType::int8}) {
      const PackedTransformer read(plan, read_weights(file, plan), type);
      const auto of_file = read.scorer();
      const auto live = pack_model(*model, type);
      const auto of_model = live->scorer();
      for (StepScorer* scorer : {of_file.get(), of_model.get()})
        scorer->start(batch_of(random_rows({4, 1, 9}, kFastVocabulary)));
      for (int step = 0; step < 3; ++step) {
        const Ids ids = {2, 5, 7};
        test::expect_identical(scores_tensor(of_file->next(ids)),
                               scores_tensor(of_model->next(ids)));
      }
    }
  }
}

TEST(PackedModel, WidthsThatFillNoVectorAreFine) {
  ModelOptions options = tiny_options();
  options.dim = 42;
  options.heads = 3;
  options.feed_forward = 51;
  Seq2Seq model = tiny_model(kFastVocabulary, 3, options);
  expect_same_steps(model, 2e-5);
  Seq2Seq average = tiny_model(kFastVocabulary, 3, test::with_average_decoder(options, 51, true));
  expect_same_steps(average, 2e-5);
  Seq2Seq ssru = tiny_model(kFastVocabulary, 3, test::with_ssru_decoder(options));
  expect_same_steps(ssru, 2e-5);
}

TEST(PackedModel, ShorterWeightsChangeLittle) {
  Seq2Seq model = tiny_model(kFastVocabulary, 3);
  expect_same_steps(model, 2e-3, WeightType::float16);
  expect_same_steps(model, 2e-2, WeightType::bfloat16);
  expect_same_steps(model, 5e-2, WeightType::int8);
  Seq2Seq average =
      tiny_model(kFastVocabulary, 3, test::with_average_decoder(tiny_options(), 32, true));
  expect_same_steps(average, 5e-2, WeightType::int8);
  Seq2Seq ssru = tiny_model(kFastVocabulary, 3, test::with_ssru_decoder(tiny_options()));
  expect_same_steps(ssru, 5e-2, WeightType::int8);
}

TEST(PackedModel, ThreadsChangeNothing) {
  Seq2Seq model = tiny_model(kFastVocabulary, 3);
  const auto fast = pack_model(*model, WeightType::float32);
  const TokenBatch sources =
      batch_of(random_rows(std::vector<std::size_t>(80, 7), kFastVocabulary));
  std::vector<Tensor> results;
  for (const int threads : {1, 3}) {
    at::set_num_threads(threads);
    const auto scorer = fast->scorer();
    scorer->start(sources);
    results.push_back(scores_tensor(scorer->next(Ids(80, 2))));
  }
  at::set_num_threads(1);
  test::expect_identical(results[1], results[0]);
}

TEST(PackedModel, SearchGivesTheSameHypotheses) {
  SearchOptions options;
  options.num_best = 3;
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Seq2Seq model = tiny_model(kFastVocabulary, seed);
    const Models models = module_models({&*model});
    const TokenBatch sources =
        batch_of(random_rows({3, 9, 1, 6, 12, 2, 2, 8}, kFastVocabulary, seed));
    const auto plain = beam_search(*make_scorer(models), sources, {}, options);
    const auto packed = beam_search(*make_scorer(packed_models({&*model}, WeightType::float32)),
                                    sources, {}, options);
    ASSERT_EQ(packed.size(), plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      ASSERT_EQ(packed[i].size(), plain[i].size());
      for (std::size_t k = 0; k < plain[i].size(); ++k, ++compared) {
        EXPECT_EQ(packed[i][k].tokens, plain[i][k].tokens);
        EXPECT_NEAR(packed[i][k].score, plain[i][k].score, 1e-4);
      }
    }
  }
  EXPECT_EQ(compared, 8u * 8u * 3u);
}

TEST(PackedModel, AModelThatOverflowsComesToAnEnd) {
  Seq2Seq model = tiny_model(kFastVocabulary, 1);
  {
    torch::NoGradGuard no_grad;
    for (Tensor& parameter : model->parameters())
      parameter.fill_(1e30F);
  }
  const Models models = module_models({&*model});
  const TokenBatch sources = batch_of(random_rows({3, 5}, kFastVocabulary));
  for (const Models& each : {models, packed_models({&*model}, WeightType::float32)}) {
    const auto greedy = greedy_search(*make_scorer(each), sources, {}, {});
    ASSERT_EQ(greedy.size(), 2u);
    const auto found = beam_search(*make_scorer(each), sources, {}, {});
    ASSERT_EQ(found.size(), 2u);
    for (const auto& hypotheses : found)
      EXPECT_FALSE(hypotheses.empty());
  }
}

TEST(PackedModel, LearnedPositionsEnd) {
  ModelOptions options = tiny_options();
  options.position = PositionKind::learned;
  options.max_positions = 5;
  Seq2Seq model = tiny_model(kFastVocabulary, 3, options);
  const auto fast = pack_model(*model, WeightType::float32);
  EXPECT_THROW(fast->scorer()->start(batch_of(random_rows({6}, kFastVocabulary))), UserError);
}

TEST(PackedModel, OtherModelsAreLeftAsTheyAre) {
  ModelOptions options = tiny_options();
  ModelOptions full = expand(options);
  full.decoder->blocks->sublayers[1].cross_attention->score = "additive";
  Seq2Seq other = make_model(full, kFastVocabulary, kFastVocabulary, 1);
  EXPECT_FALSE(packing_obstacles(*other).empty());
  EXPECT_EQ(try_packing(*other, WeightType::float32), nullptr);
  try {
    try_packing(*other, WeightType::int8);
    FAIL() << "int8 of an additive attention";
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("additive"));
    EXPECT_THAT(error.what(), testing::HasSubstr("--precision: int8"));
  }
  Seq2Seq wide = tiny_model(kFastVocabulary);
  wide->to(torch::kDouble);
  EXPECT_FALSE(packing_obstacles(*wide).empty());
}

/// The first reason why a model of these options is not packed.
Problem first_obstacle(const ModelOptions& options) {
  const Seq2Seq model = make_model(options, kFastVocabulary, kFastVocabulary, 1);
  const std::vector<Problem> problems = packing_obstacles(*model);
  EXPECT_FALSE(problems.empty());
  return problems.empty() ? Problem{} : problems.front();
}

TEST(PackedModel, ObstaclesHaveKeyValueAndFix) {
  using testing::HasSubstr;
  ModelOptions options = expand(tiny_options());
  options.decoder->blocks->sublayers[2].ffn.reset();
  options.decoder->blocks->sublayers[2].rnn.emplace();
  EXPECT_EQ(first_obstacle(options).what, "model.decoder.blocks.sublayers: rnn cannot be packed");
  EXPECT_THAT(first_obstacle(options).fix, HasSubstr("self_attention, cross_attention, ffn"));
  options = expand(tiny_options());
  options.decoder->blocks->sublayers[0].combine = Combine::fusion;
  EXPECT_EQ(first_obstacle(options).what,
            "model.decoder.blocks.sublayers.self_attention.combine: fusion cannot be packed");
  options = test::with_average_decoder(tiny_options(), 0, true);
  options.encoder->blocks->sublayers[0].self_attention->score = "additive";
  EXPECT_EQ(first_obstacle(options).what,
            "model.encoder.blocks.sublayers.self_attention.score: additive cannot be packed");
}

TEST(PackedModel, EnsemblesMayBeMixed) {
  Seq2Seq first = tiny_model(kFastVocabulary, 1);
  Seq2Seq second = tiny_model(kFastVocabulary, 2);
  Models mixed = module_models({&*first, &*second});
  const auto plain = make_scorer(mixed);
  mixed.front() = packed_models({&*first}, WeightType::float32).front();
  const auto packed = make_scorer(mixed);
  const TokenBatch sources = batch_of(random_rows({4, 7}, kFastVocabulary));
  torch::NoGradGuard no_grad;
  for (StepScorer* scorer : {plain.get(), packed.get()})
    scorer->start(sources);
  test::expect_near(scores_tensor(packed->next(Ids{2, 2})), scores_tensor(plain->next(Ids{2, 2})),
                    1e-5);
}

}  // namespace
}  // namespace regard
