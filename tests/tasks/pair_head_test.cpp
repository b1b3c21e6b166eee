#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

#include "support/tensor_near.h"
#include "tasks/pair/head.h"

namespace regard {
namespace {

using test::expect_near;
using torch::Tensor;

constexpr std::int64_t kPairWidth = 4;

ModelOptions options_with(HeadOptions head) {
  ModelOptions options;
  options.dim = kPairWidth;
  options.dropout.attention = 0.0;
  options.head = std::move(head);
  return options;
}

HeadOptions interactive() {
  HeadOptions head;
  head.interact.emplace();
  head.interact->score = "dot";
  head.interact->project = AttentionProjection::none;
  head.interact->heads = 1;
  return head;
}

EncoderOutput text_of(const Tensor& states, const std::vector<std::int64_t>& lengths) {
  EncoderOutput text;
  text.states = states;
  text.mask = make_sequence_mask(at::tensor(lengths), states.size(1));
  return text;
}

std::shared_ptr<PairHead> head_of(const ModelOptions& options, std::int64_t outputs = 3) {
  auto head = std::make_shared<PairHead>(HeadSetup{options, kPairWidth, {}}, outputs);
  initialise_parameters(*head, 11);
  return head;
}

std::vector<EncoderOutput> two_texts(double scale = 1.0) {
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(2);
  return {text_of(scale * at::randn({2, 5, kPairWidth}, generator), {5, 3}),
          text_of(scale * at::randn({2, 4, kPairWidth}, generator), {2, 4})};
}

/// The mean over the real positions.
Tensor mean_of(const Tensor& states, std::int64_t length) {
  return states.narrow(0, 0, length).mean(0);
}

TEST(PairHead, SiameseIsTheComparisonOfPooledTexts) {
  const ModelOptions options = options_with({});
  const auto head = head_of(options);
  const auto texts = two_texts();
  const Tensor scores = head->forward(texts, {}, {}, nullptr);
  ASSERT_EQ(scores.sizes(), (std::vector<std::int64_t>{2, 3}));
  const auto parameters = head->named_parameters();
  const Tensor u = mean_of(texts[0].states[1], 3);
  const Tensor v = mean_of(texts[1].states[1], 4);
  expect_near(scores[1],
              at::cat({u, v, u - v, u * v}).matmul(parameters["layers.output.weight"].t()) +
                  parameters["layers.output.bias"],
              1e-5);
}

/// Chen et al. 2017, eq. 11-16, with the mean as pool, computed word by word.
TEST(PairHead, InteractionIsThatOfItsEquations) {
  const ModelOptions options = options_with(interactive());
  const auto head = head_of(options);
  const auto texts = two_texts();
  const Tensor scores = head->forward(texts, {}, {}, nullptr);
  const auto parameters = head->named_parameters();
  const std::int64_t lengths[2][2] = {{5, 3}, {2, 4}};
  for (std::int64_t row = 0; row < 2; ++row) {
    const Tensor a = texts[0].states[row].narrow(0, 0, lengths[0][row]);
    const Tensor b = texts[1].states[row].narrow(0, 0, lengths[1][row]);
    const Tensor links = a.matmul(b.t());
    const Tensor a_in_b = at::softmax(links, 1).matmul(b);
    const Tensor b_in_a = at::softmax(links.t(), 1).matmul(a);
    const auto compared = [](const Tensor& x, const Tensor& other) {
      return at::cat({x, other, x - other, x * other}, -1).mean(0);
    };
    expect_near(scores[row],
                at::cat({compared(a, a_in_b), compared(b, b_in_a)})
                        .matmul(parameters["layers.output.weight"].t()) +
                    parameters["layers.output.bias"],
                1e-5);
  }
}

/// Row R21: the links of one direction are those of the other, before each is normalized.
TEST(PairHead, BothDirectionsReadTheSameLinks) {
  const ModelOptions options = options_with(interactive());
  const auto texts = two_texts();
  std::vector<AttentionRecord> records;
  head_of(options)->forward(texts, {}, {}, &records);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].name, "interact.first");
  EXPECT_EQ(records[1].name, "interact.second");
  // Weights are exp(E) over a sum for each query: their logarithms differ from E by a constant.
  const Tensor links = texts[0].states[1].narrow(0, 0, 3).matmul(texts[1].states[1].t());
  expect_near(records[0].weights[1][0].narrow(0, 0, 3), at::softmax(links, 1), 1e-6);
  expect_near(records[1].weights[1][0].narrow(1, 0, 3), at::softmax(links.t(), 1), 1e-6);
}

/// Row R21: identical texts of well separated words are aligned word for word.
TEST(PairHead, AlignsATextWithItself) {
  const Tensor words = 30 * at::eye(kPairWidth).unsqueeze(0);
  std::vector<AttentionRecord> records;
  head_of(options_with(interactive()))
      ->forward({text_of(words, {4}), text_of(words, {4})}, {}, {}, &records);
  ASSERT_EQ(records.size(), 2U);
  for (const AttentionRecord& record : records)
    expect_near(record.weights[0][0], at::eye(kPairWidth), 1e-6);
}

/// Row R21: swapping the texts swaps what is computed of them.
TEST(PairHead, SwappingTextsSwapsTheirVectors) {
  const ModelOptions options = options_with(interactive());
  const auto head = head_of(options, 1);
  const auto texts = two_texts();
  torch::NoGradGuard no_grad;
  Tensor weight = head->named_parameters()["layers.output.weight"];  // [1, 2 * vector]
  ASSERT_EQ(weight.size(1), 8 * kPairWidth);
  const Tensor before = head->forward({texts[0], texts[1]}, {}, {}, nullptr);
  const auto halves = weight.clone().chunk(2, 1);
  weight.copy_(at::cat({halves[1], halves[0]}, 1));
  expect_near(head->forward({texts[1], texts[0]}, {}, {}, nullptr), before, 1e-5);
}

TEST(PairHead, ComposesComparedWords) {
  HeadOptions composed = interactive();
  composed.compare = {ComparedPart::first, ComparedPart::second};
  composed.compare_hidden = 6;
  composed.compose.emplace();
  composed.compose->norm = NormPlacement::none;
  SublayerOptions reader;
  reader.rnn.emplace();
  reader.rnn->hidden = 5;
  reader.rnn->bidirectional = true;
  reader.combine = Combine::replace;
  composed.compose->sublayers = {reader};
  composed.pool.emplace();
  composed.pool->kinds = {PoolKind::mean, PoolKind::max};
  const ModelOptions options = options_with(composed);
  const auto head = head_of(options);
  const auto texts = two_texts();
  const Tensor scores = head->forward(texts, {}, {}, nullptr);
  ASSERT_EQ(scores.sizes(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(head->named_parameters()["layers.output.weight"].size(1), 2 * 2 * 10);
  // Padding means nothing.
  auto others = texts;
  others[0].states = texts[0].states.clone();
  others[0].states[1].narrow(0, 3, 2).fill_(1e4);
  expect_near(head->forward(others, {}, {}, nullptr), scores, 1e-5);
}

}  // namespace
}  // namespace regard
