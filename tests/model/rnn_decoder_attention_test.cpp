#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "model/rnn_support.h"

namespace regard {
namespace {

using test::all_cases;
using test::attention_of;
using test::decoder_inputs_of;
using test::decoder_of;
using test::expect_identical;
using test::expect_near;
using test::full_pass;
using test::kExact;
using test::kTimings;
using test::kVocabulary;
using test::options_of;
using test::random_model;
using test::random_rows;
using test::sources_of;
using test::Timing;
using test::TokenRows;
using testing::IsEmpty;
using torch::Tensor;

class RnnDecoderAttention : public testing::Test {
 protected:
  TokenRows sources_ = random_rows({3, 7, 1}, kVocabulary, 1);
  TokenRows targets_ = random_rows({5, 5, 5}, kVocabulary, 2);
};

TEST_F(RnnDecoderAttention, AskingForRecordsChangesNothing) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, options] : all_cases()) {
    SCOPED_TRACE(name);
    Seq2Seq model = random_model(options);
    std::vector<AttentionRecord> records;
    const Tensor hidden = full_pass(model, sources_, targets_, {}, &records);
    expect_near(hidden, full_pass(model, sources_, targets_), kExact);
    if (!options.decoder->attention) {
      EXPECT_THAT(records, IsEmpty());
      continue;
    }
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].name, "decoder.step_attention");
    const Tensor& weights = records[0].weights;
    const AttentionOptions& attention = *options.decoder->attention;
    const bool has_features = attention.granularity == Granularity::feature;
    EXPECT_EQ(records[0].is_by_feature, has_features);
    const std::int64_t heads = has_features ? 6 : std::max<std::int64_t>(1, attention.heads);
    ASSERT_EQ(weights.sizes(), at::IntArrayRef({3, heads, 6, 8}));
    const Tensor sums = weights.sum(-1);
    EXPECT_GT(sums.min().item<double>(), 0.0);
    EXPECT_LT(sums.max().item<double>(), 1.0 + 1e-12);
    if (attention.align != "local_p") expect_near(sums, at::ones_like(sums), 1e-12);
    const Tensor of_padding = weights[0].narrow(-1, 4, 4);  // 3 tokens and the end mark
    expect_identical(of_padding, at::zeros_like(of_padding));
  }
}

TEST_F(RnnDecoderAttention, RecordsOfStepsAreThoseOfTheFullPass) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, options] : test::attention_cases()) {
    SCOPED_TRACE(name);
    Seq2Seq model = random_model(options);
    std::vector<AttentionRecord> whole;
    full_pass(model, sources_, targets_, {}, &whole);
    std::vector<AttentionRecord> steps;
    DecoderState state = model->start(model->encode(sources_of(sources_), {}));
    for (const Tensor& ids : decoder_inputs_of(targets_).ids.unbind(1))
      model->step(ids, state, &steps);
    ASSERT_EQ(steps.size(), 6U);
    const bool has_position = options.decoder->attention->align == "local_p";
    EXPECT_EQ(whole.at(0).extras.position.defined(), has_position);
    std::vector<Tensor> weights;
    std::vector<Tensor> positions;
    for (const AttentionRecord& record : steps) {
      weights.push_back(record.weights);
      positions.push_back(record.extras.position);
    }
    expect_near(at::cat(weights, 2), whole[0].weights, kExact);
    if (has_position) expect_near(at::cat(positions, 1), whole[0].extras.position, kExact);
  }
}

TEST_F(RnnDecoderAttention, WithoutAttentionOnlyTheLastStatesMatter) {
  torch::NoGradGuard no_grad;
  for (const Bridge bridge : {Bridge::copy, Bridge::linear}) {
    DecoderOptions decoder = decoder_of(CellKind::gru, 1, Attend::after);
    decoder.bridge = bridge;
    for (const bool attends : {false, true}) {
      if (!attends) decoder.attention.reset();
      if (attends) decoder.attention.emplace().score = "additive";
      Seq2Seq model = random_model(options_of(decoder));
      const Sequences target = decoder_inputs_of(targets_);
      EncoderOutput encoded = model->encode(sources_of(sources_), {});
      const Tensor before = model->decode(target, encoded, {});
      encoded.states = encoded.states + test::normal(encoded.states.sizes(), 9);
      const Tensor after = model->decode(target, encoded, {});
      EXPECT_EQ(at::equal(after, before), !attends);
      encoded.finals.back().hidden = encoded.finals.back().hidden + 0.5;
      const Tensor change = (model->decode(target, encoded, {}) - after).abs();
      EXPECT_GT(change.max().item<double>(), 1e-3);
    }
  }
}

TEST_F(RnnDecoderAttention, AdditiveWeightsWithoutAVectorAreUniform) {
  torch::NoGradGuard no_grad;
  for (const Timing& timing : kTimings) {
    Seq2Seq model =
        random_model(options_of(decoder_of(CellKind::gru, 1, timing.attend, timing.is_feeding)));
    model->named_parameters()["decoder.attention.score.vector"].zero_();
    std::vector<AttentionRecord> records;
    full_pass(model, sources_, targets_, {}, &records);
    const Tensor weights = records.at(0).weights;
    for (std::int64_t i = 0; i < 3; ++i) {
      const auto real = static_cast<std::int64_t>(sources_[static_cast<std::size_t>(i)].size()) + 1;
      const Tensor expected = at::zeros({1, 6, 8}, at::kDouble);
      expected.narrow(-1, 0, real).fill_(1.0 / static_cast<double>(real));
      expect_near(weights[i], expected, 1e-15);
    }
  }
}

TEST_F(RnnDecoderAttention, LocationWeightsDoNotLookAtTheSource) {
  torch::NoGradGuard no_grad;
  for (const std::string score : {"location", "general"}) {
    DecoderOptions decoder = decoder_of(CellKind::gru, 1, Attend::after);
    decoder.attention = attention_of(score, "softmax");
    Seq2Seq model = random_model(options_of(decoder));
    EncoderOutput encoded = model->encode(sources_of(sources_), {});
    std::vector<AttentionRecord> records;
    const Tensor before = model->decode(decoder_inputs_of(targets_), encoded, {}, &records);
    encoded.states = encoded.states + test::normal(encoded.states.sizes(), 9);
    const Tensor after = model->decode(decoder_inputs_of(targets_), encoded, {}, &records);
    EXPECT_EQ(at::equal(records.at(1).weights, records.at(0).weights), score == "location");
    EXPECT_FALSE(at::allclose(after, before));
    if (score != "location") continue;
    const Tensor unknown = records[0].weights.narrow(-1, 5, 3);  // max_source is 5
    expect_identical(unknown, at::zeros_like(unknown));
  }
}

TEST_F(RnnDecoderAttention, DrawsAreRecordedForEveryTarget) {
  torch::NoGradGuard no_grad;
  for (const Timing& timing : kTimings) {
    for (const double mix_soft : {0.0, 0.5}) {
      DecoderOptions decoder = decoder_of(CellKind::gru, 1, timing.attend, timing.is_feeding);
      decoder.attention = attention_of("additive", "hard");
      decoder.attention->hard.select = HardSelection::sample;
      decoder.attention->hard.mix_soft = mix_soft;
      Seq2Seq model = random_model(options_of(decoder));
      RandomStream random(3);
      std::vector<AttentionRecord> records;
      full_pass(model, sources_, targets_, ForwardContext{&random}, &records);
      const attention::AttentionExtras& extras = records.at(0).extras;
      ASSERT_EQ(extras.log_probability.sizes(), at::IntArrayRef({3, 6}));
      ASSERT_EQ(extras.entropy.sizes(), at::IntArrayRef({3, 6}));
      EXPECT_GT(extras.entropy.min().item<double>(), 0.0);
      const Tensor is_drawn = records[0].weights.amax(-1).squeeze(1) == 1.0;
      expect_identical(extras.log_probability < 0.0, is_drawn);
      const std::int64_t drawn = is_drawn.sum().item<std::int64_t>();
      EXPECT_EQ(drawn == 18, mix_soft == 0.0);
      EXPECT_GT(drawn, 3);
    }
  }
}

}  // namespace
}  // namespace regard
