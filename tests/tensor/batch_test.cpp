#include "regard/tensor/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

namespace regard {
namespace {

using testing::ElementsAre;
using Ids = std::vector<std::int64_t>;
using Rows = std::vector<std::vector<std::int32_t>>;

std::vector<TokenSpan> spans_of(const Rows& rows) {
  return {rows.begin(), rows.end()};
}

/// The values of an int64 tensor, row after row.
Ids values_of(const torch::Tensor& tensor) {
  TORCH_CHECK(tensor.scalar_type() == torch::kLong && tensor.is_contiguous(), "not plain ids");
  const auto* data = tensor.const_data_ptr<std::int64_t>();
  return {data, data + tensor.numel()};
}

TEST(PadSequences, PutsMarksAroundEveryRowAndPadsToTheLongest) {
  const Rows rows = {{5, 6, 7}, {}, {8}};
  const Sequences padded = pad_sequences(spans_of(rows), 2, 3, 0);
  EXPECT_THAT(padded.ids.sizes().vec(), ElementsAre(3, 5));
  EXPECT_EQ(values_of(padded.ids), (Ids{2, 5, 6, 7, 3, 2, 3, 0, 0, 0, 2, 8, 3, 0, 0}));
  EXPECT_THAT(values_of(padded.lengths), ElementsAre(5, 2, 3));
}

TEST(PadSequences, LeavesOutMarksThatAreNotGiven) {
  const Rows rows = {{5, 6}, {8}};
  EXPECT_EQ(values_of(pad_sequences(spans_of(rows), -1, -1, 9).ids), (Ids{5, 6, 8, 9}));
  EXPECT_EQ(values_of(pad_sequences(spans_of(rows), 2, -1, 9).ids), (Ids{2, 5, 6, 2, 8, 9}));
  const Sequences ended = pad_sequences(spans_of(rows), -1, 3, 9);
  EXPECT_EQ(values_of(ended.ids), (Ids{5, 6, 3, 8, 3, 9}));
  EXPECT_THAT(values_of(ended.lengths), ElementsAre(3, 2));
}

TEST(PadSequences, AnEndMarkOfTheValueOfThePaddingStillCounts) {
  const Rows rows = {{5}, {6, 7}};
  EXPECT_THAT(values_of(pad_sequences(spans_of(rows), -1, 0, 0).lengths), ElementsAre(2, 3));
}

TEST(MakeBatch, ShiftsTheTargetByOneBetweenInputAndOutput) {
  const Rows sources = {{10, 11, 12}, {13}};
  const Rows targets = {{20}, {21, 22}};
  const Batch batch = make_batch(spans_of(sources), spans_of(targets), {41, 7}, BatchIds{});
  EXPECT_EQ(batch.rows(), 2);
  EXPECT_THAT(batch.pairs, ElementsAre(41, 7));
  EXPECT_EQ(values_of(batch.source.ids), (Ids{10, 11, 12, 3, 13, 3, 0, 0}));
  EXPECT_EQ(values_of(batch.target_input.ids), (Ids{2, 20, 0, 2, 21, 22}));
  EXPECT_EQ(values_of(batch.target_output), (Ids{20, 3, 0, 21, 22, 3}));
  EXPECT_THAT(values_of(batch.source.lengths), ElementsAre(4, 2));
  EXPECT_THAT(values_of(batch.target_input.lengths), ElementsAre(2, 3));
}

TEST(MakeBatch, CountsEndMarksButNoPadding) {
  const Rows sources = {{10, 11, 12}, {13}};
  const Rows targets = {{20}, {21, 22}};
  const Batch batch = make_batch(spans_of(sources), spans_of(targets), {0, 1}, BatchIds{});
  EXPECT_EQ(batch.source_tokens, 4 + 2);
  EXPECT_EQ(batch.target_tokens, 2 + 3);
}

TEST(MakeBatch, TakesTheIdsFromTheModel) {
  const Rows sources = {{10}, {11, 12}};
  const Rows targets = {{20}, {21, 22}};
  const BatchIds ids{.pad = 99, .source_end = 5, .decoder_start = 99, .target_end = 6};
  const Batch batch = make_batch(spans_of(sources), spans_of(targets), {0, 1}, ids);
  EXPECT_EQ(values_of(batch.source.ids), (Ids{10, 5, 99, 11, 12, 5}));
  EXPECT_EQ(values_of(batch.target_input.ids), (Ids{99, 20, 99, 99, 21, 22}));
  EXPECT_EQ(values_of(batch.target_output), (Ids{20, 6, 99, 21, 22, 6}));
  EXPECT_EQ(batch.target_tokens, 5);
  EXPECT_EQ(batch.source_tokens, 5);
}

TEST(MakeBatch, RefusesDifferentNumbersOfRows) {
  const Rows two = {{10}, {11}};
  const Rows one = {{20}};
  EXPECT_THROW(make_batch(spans_of(two), spans_of(one), {0, 1}, BatchIds{}), c10::Error);
  EXPECT_THROW(make_batch(spans_of(two), spans_of(two), {0}, BatchIds{}), c10::Error);
}

TEST(BatchHalves, AreTheBatchesOfTheirRows) {
  const Rows sources = {{10, 11, 12}, {13}, {14, 15}};
  const Rows targets = {{20}, {21, 22}, {23}};
  const Batch whole = make_batch(spans_of(sources), spans_of(targets), {4, 5, 6}, BatchIds{});
  const auto [first, second] = whole.halves();
  const Rows last_sources = {{13}, {14, 15}};
  const Rows last_targets = {{21, 22}, {23}};
  const Batch expected =
      make_batch(spans_of(last_sources), spans_of(last_targets), {5, 6}, BatchIds{});
  EXPECT_EQ(first.rows(), 1);
  EXPECT_EQ(first.target_tokens + second.target_tokens, whole.target_tokens);
  EXPECT_EQ(first.source_tokens + second.source_tokens, whole.source_tokens);
  EXPECT_EQ(second.pairs, expected.pairs);
  EXPECT_TRUE(torch::equal(second.source.ids, expected.source.ids));
  EXPECT_TRUE(torch::equal(second.source.places, expected.source.places));
  EXPECT_TRUE(torch::equal(second.target_input.ids, expected.target_input.ids));
  EXPECT_TRUE(torch::equal(second.target_input.lengths, expected.target_input.lengths));
  EXPECT_TRUE(torch::equal(second.target_output, expected.target_output));
  EXPECT_THROW(first.halves(), c10::Error);
}

TEST(PadSequences, SayWhereTheRealTokensStand) {
  const Rows rows = {{10, 11}, {}, {12, 13, 14}};
  const Sequences padded = pad_sequences(spans_of(rows), -1, 3, 0);
  EXPECT_EQ(values_of(padded.places), (Ids{0, 1, 2, 4, 8, 9, 10, 11}));
  EXPECT_EQ(values_of(padded.ids.flatten().index_select(0, padded.places)),
            (Ids{10, 11, 3, 3, 12, 13, 14, 3}));
}

TEST(BatchTo, KeepsEverythingOnTheSameDevice) {
  const Rows rows = {{10, 11}};
  const Batch batch = make_batch(spans_of(rows), spans_of(rows), {3}, BatchIds{});
  const Batch moved = batch.to(torch::kCPU);
  EXPECT_TRUE(torch::equal(moved.source.ids, batch.source.ids));
  EXPECT_TRUE(torch::equal(moved.target_output, batch.target_output));
  EXPECT_EQ(moved.pairs, batch.pairs);
  EXPECT_EQ(moved.target_tokens, batch.target_tokens);
}

TEST(MakeGuide, SharesATokensAttentionAmongItsLinks) {
  const Rows sources = {{10, 11, 12}, {13}};
  const Rows targets = {{20}, {21, 22}};
  const Batch batch = make_batch(spans_of(sources), spans_of(targets), {0, 1}, BatchIds{});
  const std::vector<std::int32_t> from = {0, 2};
  const std::vector<std::int32_t> to = {0, 0};
  const std::vector<std::int32_t> zero = {0};
  const std::vector<std::int32_t> one = {1};
  const torch::Tensor guide = make_guide(batch, {{from, to}, {zero, one}});
  ASSERT_THAT(guide.sizes().vec(), ElementsAre(2, 3, 4));
  EXPECT_EQ(guide[0][0][0].item<float>(), 0.5F);
  EXPECT_EQ(guide[0][0][2].item<float>(), 0.5F);
  EXPECT_EQ(guide[1][1][0].item<float>(), 1.0F);
  EXPECT_EQ(guide.sum().item<float>(), 2.0F);
}

TEST(MakeGuide, RefusesLinksOutsideTheirPair) {
  const Rows rows = {{10, 11}};
  const Batch batch = make_batch(spans_of(rows), spans_of(rows), {0}, BatchIds{});
  const std::vector<std::int32_t> last = {1};
  const std::vector<std::int32_t> end_mark = {2};
  EXPECT_NO_THROW(make_guide(batch, {{last, last}}));
  EXPECT_THROW(make_guide(batch, {{end_mark, last}}), std::out_of_range);
  EXPECT_THROW(make_guide(batch, {{last, end_mark}}), std::out_of_range);
}

TEST(MakeGuide, GoesWithTheRowsOfHalves) {
  const Rows sources = {{10}, {13, 14, 15}};
  const Rows targets = {{20, 21}, {22}};
  Batch batch = make_batch(spans_of(sources), spans_of(targets), {0, 1}, BatchIds{});
  const std::vector<std::int32_t> zero = {0};
  const std::vector<std::int32_t> two = {2};
  batch.guide = make_guide(batch, {{zero, zero}, {two, zero}});
  const auto [first, second] = batch.halves();
  ASSERT_THAT(first.guide.sizes().vec(), ElementsAre(1, 3, 2));
  ASSERT_THAT(second.guide.sizes().vec(), ElementsAre(1, 2, 4));
  EXPECT_EQ(first.guide[0][0][0].item<float>(), 1.0F);
  EXPECT_EQ(second.guide[0][0][2].item<float>(), 1.0F);
  EXPECT_EQ(second.guide.sum().item<float>(), 1.0F);
}

TEST(Batch, HalvesTakeTheirFieldsAndUnitsAlong) {
  const std::vector<std::int32_t> words = {5, 6, 7};
  const TokenSpan all(words);
  Batch batch;
  batch.source = pad_sequences({all, all.first(1), all.first(2)}, -1, 3, 0);
  batch.second = pad_sequences({all.first(1), all, all.first(2)}, -1, 3, 0);
  batch.fields = {at::arange(6).view({3, 2}), at::arange(3)};
  batch.units = at::tensor({4, 2, 1}, at::kLong);
  batch.target_tokens = 7;
  batch.pairs = {7, 8, 9};
  const auto [first, second] = batch.halves();
  EXPECT_EQ(first.rows(), 1);
  EXPECT_EQ(second.rows(), 2);
  EXPECT_EQ(first.target_tokens, 4);
  EXPECT_EQ(second.target_tokens, 3);
  EXPECT_FALSE(first.target_input.ids.defined());
  EXPECT_FALSE(second.target_output.defined());
  ASSERT_EQ(second.fields.size(), 2U);
  EXPECT_TRUE(at::equal(second.fields[0], at::arange(2, 6).view({2, 2})));
  EXPECT_TRUE(at::equal(second.fields[1], at::arange(1, 3)));
  EXPECT_EQ(first.second.ids.size(1), 2) << "one word and the end mark";
  EXPECT_TRUE(at::equal(second.second.lengths, at::tensor({4, 3}, at::kLong)));
}

}  // namespace
}  // namespace regard
