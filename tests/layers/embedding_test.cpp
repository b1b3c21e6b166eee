#include "regard/layers/embedding.h"

#include <cmath>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using torch::Tensor;

EmbeddingOptions embedding_of(std::int64_t vocabulary, std::int64_t dim,
                              PositionKind position = PositionKind::sinusoidal) {
  EmbeddingOptions options;
  options.vocabulary = vocabulary;
  options.dim = dim;
  options.position = position;
  return options;
}

Embedding started(const EmbeddingOptions& options) {
  Embedding embedding(options);
  initialise_parameters(*embedding, 1);
  return embedding;
}

TEST(Embedding, ScaledEmbeddingsStartWithDeviationOne) {
  for (const std::int64_t dim : {64, 512}) {
    Embedding embedding = started(embedding_of(1000, dim, PositionKind::none));
    const Tensor ids = at::arange(1000).view({10, 100});
    const Tensor embedded = embedding->forward(ids, 0, ForwardContext{});
    EXPECT_NEAR(embedded.std().item<double>(), 1.0, 0.05);
    EXPECT_NEAR(embedded.mean().item<double>(), 0.0, 0.05);
  }
}

TEST(Embedding, IsTheScaledRowPlusThePosition) {
  Embedding embedding = started(embedding_of(20, 16));
  const Tensor ids = torch::tensor({{3, 3, 19}, {0, 7, 3}}, torch::kInt64);
  const Tensor positions = position_table(PositionKind::sinusoidal, 3, 16);
  for (const std::int64_t row : {0, 1}) {
    for (const std::int64_t p : {0, 1, 2}) {
      const Tensor scaled = embedding->weight[ids[row][p].item<std::int64_t>()] * 4.0;
      expect_near(embedding->forward(ids, 0, ForwardContext{})[row][p], scaled + positions[p],
                  1e-6);
    }
  }
}

TEST(Embedding, UnscaledIsTheRowPlusThePosition) {
  EmbeddingOptions options = embedding_of(20, 16);
  options.is_scaled = false;
  Embedding embedding = started(options);
  const Tensor ids = torch::tensor({{3, 19}}, torch::kInt64);
  const Tensor positions = position_table(PositionKind::sinusoidal, 2, 16);
  const Tensor embedded = embedding->forward(ids, 0, ForwardContext{});
  expect_near(embedded[0][0], embedding->weight[3] + positions[0], 1e-6);
  expect_near(embedded[0][1], embedding->weight[19] + positions[1], 1e-6);
}

TEST(Embedding, FirstIsThePositionOfTheFirstId) {
  Embedding embedding = started(embedding_of(20, 16));
  const Tensor ids = torch::tensor({{3, 4, 19, 2}}, torch::kInt64);
  const Tensor whole = embedding->forward(ids, 0, ForwardContext{});
  expect_identical(embedding->forward(ids.narrow(1, 2, 2), 2, ForwardContext{}),
                   whole.narrow(1, 2, 2));
}

TEST(Embedding, DropsAfterThePositionsWereAdded) {
  EmbeddingOptions options = embedding_of(20, 16);
  options.dropout = 0.5;
  Embedding embedding = started(options);
  const Tensor ids = at::arange(20).view({2, 10});
  const Tensor evaluated = embedding->forward(ids, 0, ForwardContext{});
  RandomStream stream(1);
  const Tensor trained = embedding->forward(ids, 0, ForwardContext{&stream});
  const Tensor is_dropped = trained == 0;
  EXPECT_NEAR(is_dropped.to(torch::kFloat).mean().item<double>(), 0.5, 0.15);
  expect_near(trained, (2.0 * evaluated).masked_fill(is_dropped, 0.0), 1e-6);
}

/// Two embeddings that share a table.
struct Pair : torch::nn::Module {
  Pair()
      : source(register_module("source", Embedding(embedding_of(20, 16)))),
        target(register_module("target", Embedding(embedding_of(20, 16), source->weight))) {}
  Embedding source;
  Embedding target;
};

TEST(Embedding, ATiedTableIsOneParameterOfItsFirstOwner) {
  const auto pair = std::make_shared<Pair>();
  const auto parameters = pair->named_parameters();
  ASSERT_EQ(parameters.size(), 1U);
  EXPECT_EQ(parameters[0].key(), "source.weight");
  initialise_parameters(*pair, 1);
  expect_identical(pair->target->weight, pair->source->weight);
  const Tensor ids = at::arange(6).view({2, 3});
  expect_identical(pair->target->forward(ids, 0, ForwardContext{}),
                   pair->source->forward(ids, 0, ForwardContext{}));
}

TEST(Embedding, ATiedTableStaysTiedInAnotherType) {
  const auto pair = std::make_shared<Pair>();
  initialise_parameters(*pair, 1);
  pair->to(torch::kDouble);
  EXPECT_EQ(pair->target->weight.scalar_type(), torch::kDouble);
  EXPECT_EQ(pair->target->weight.data_ptr(), pair->source->weight.data_ptr());
}

TEST(Embedding, ATiedTableCollectsTheGradientsOfBoth) {
  const auto pair = std::make_shared<Pair>();
  initialise_parameters(*pair, 1);
  const Tensor ids = torch::tensor({{3}}, torch::kInt64);
  (pair->source->forward(ids, 0, ForwardContext{}) +
   pair->target->forward(ids, 0, ForwardContext{}))
      .sum()
      .backward();
  expect_near(pair->source->weight.grad()[3], at::full({16}, 8.0), 1e-6);  // twice sqrt(16)
}

TEST(Embedding, RefusesATableOfAnotherShape) {
  EXPECT_THROW(Embedding(embedding_of(20, 16), at::zeros({21, 16})), c10::Error);
}

}  // namespace
}  // namespace regard
