#include "regard/model/decoder_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tensor_near.h"
#include "support/tiny_model.h"

namespace regard {
namespace {

using test::decoder_inputs_of;
using test::expect_near;
using test::random_rows;
using test::sources_of;
using test::TokenRows;
using torch::Tensor;

constexpr std::int64_t kStateVocabulary = 19;

Tensor index(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong));
}

/// Decodes step by step and keeps, next to the state, what every row has read: the truth to compare
/// with is a full pass over that.
class DecoderStateRun : public testing::TestWithParam<NormPlacement> {
 protected:
  void SetUp() override {
    ModelOptions options = test::tiny_options();
    options.norm = GetParam();
    model_ = test::tiny_model(kStateVocabulary, 5, options);
    state_ = model_->start(model_->encode(sources_of(sources_), {}));
    rows_.resize(sources_.size());
    sentence_of_ = {0, 1, 2};
  }

  /// Reads one token per row (the start mark first) and compares with a full pass.
  void step_and_compare() {
    std::vector<std::int64_t> ids;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const bool is_first = state_.step == 0;
      if (!is_first) {
        rows_[row].push_back(static_cast<std::int32_t>(4 + random_.below(kStateVocabulary - 4)));
      }
      ids.push_back(is_first ? 2 : rows_[row].back());
    }
    const Tensor hidden = model_->step(index(ids), state_);
    TokenRows sources;
    for (const std::size_t sentence : sentence_of_)
      sources.push_back(sources_[sentence]);
    const Tensor full =
        model_->decode(decoder_inputs_of(rows_), model_->encode(sources_of(sources), {}), {});
    expect_near(hidden, full.select(1, full.size(1) - 1), 1e-5);
  }

  void follow(const std::vector<std::int64_t>& rows) {
    TokenRows new_rows;
    std::vector<std::size_t> new_sentences;
    for (const std::int64_t row : rows) {
      new_rows.push_back(rows_[static_cast<std::size_t>(row)]);
      new_sentences.push_back(sentence_of_[static_cast<std::size_t>(row)]);
    }
    rows_ = std::move(new_rows);
    sentence_of_ = std::move(new_sentences);
  }
  void reorder(const std::vector<std::int64_t>& rows) {
    state_.reorder(index(rows));
    follow(rows);
  }
  void keep(const std::vector<std::int64_t>& sentences, const std::vector<std::int64_t>& rows) {
    state_.keep(index(sentences), index(rows));
    follow(rows);
  }

  torch::NoGradGuard no_grad_;
  RandomStream random_{11};
  TokenRows sources_ = random_rows({4, 9, 2}, kStateVocabulary);
  Seq2Seq model_{nullptr};
  DecoderState state_;
  TokenRows rows_;
  std::vector<std::size_t> sentence_of_;
};

TEST_P(DecoderStateRun, ReorderedRowsEqualRecomputation) {
  step_and_compare();
  reorder({0, 0, 1, 1, 2, 2});
  step_and_compare();
  step_and_compare();
  reorder({1, 0, 2, 2, 5, 4});
  step_and_compare();
  reorder({0, 0, 3, 2, 5, 5});
  for (int i = 0; i < 6; ++i)
    step_and_compare();
}

TEST_P(DecoderStateRun, RowsMayBecomeMoreAndFewer) {
  step_and_compare();
  reorder({0, 0, 0, 1, 1, 1, 2, 2, 2});
  step_and_compare();
  reorder({2, 3, 7});
  step_and_compare();
}

TEST_P(DecoderStateRun, KeptSentencesEqualRecomputation) {
  step_and_compare();
  reorder({0, 0, 1, 1, 2, 2});
  step_and_compare();
  keep({0, 2}, {1, 0, 4, 4});
  step_and_compare();
  step_and_compare();
  keep({1}, {3, 2});
  step_and_compare();
}

TEST_P(DecoderStateRun, KeepingBeforeTheFirstStepWorks) {
  keep({1, 2}, {1, 2});
  step_and_compare();
  step_and_compare();
}

INSTANTIATE_TEST_SUITE_P(Norms, DecoderStateRun,
                         testing::Values(NormPlacement::pre, NormPlacement::post));

}  // namespace
}  // namespace regard
