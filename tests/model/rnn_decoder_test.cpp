#include "regard/model/rnn_decoder.h"

#include <cmath>
#include <tuple>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "regard/config/emitter.h"
#include "regard/config/reader.h"
#include "regard/model/weights.h"
#include "regard/tensor/torch.h"

#include "core/file_support.h"
#include "model/rnn_support.h"
#include "support/gradient_check.h"

namespace regard {
namespace {

using test::all_cases;
using test::attention_of;
using test::Cases;
using test::decoder_inputs_of;
using test::decoder_of;
using test::encoder_of;
using test::expect_identical;
using test::expect_near;
using test::full_pass;
using test::kDim;
using test::kExact;
using test::kVocabulary;
using test::options_of;
using test::random_model;
using test::random_rows;
using test::sources_of;
using test::TokenRows;
using testing::IsEmpty;
using torch::Tensor;

Tensor index_tensor(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong));
}

class RnnDecoder : public testing::Test {
 protected:
  TokenRows sources_ = random_rows({3, 7, 1}, kVocabulary, 1);
  TokenRows targets_ = random_rows({5, 5, 5}, kVocabulary, 2);
};

TEST_F(RnnDecoder, TheCasesAreAllowed) {
  const Cases all = all_cases();
  EXPECT_EQ(all.size(), 108U + 3U * 6U * 6U + 20U);
  for (const auto& [name, options] : all) {
    std::vector<Problem> problems;
    config::read<ModelOptions>(config::parse_yaml(config::to_yaml(options), name), problems);
    EXPECT_THAT(problems, IsEmpty()) << name;
  }
}

TEST_F(RnnDecoder, StepByStepEqualsTheFullPass) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, options] : all_cases()) {
    SCOPED_TRACE(name);
    Seq2Seq model = random_model(options);
    DecoderState state = model->start(model->encode(sources_of(sources_), {}));
    std::vector<Tensor> hidden;
    for (const Tensor& ids : decoder_inputs_of(targets_).ids.unbind(1))
      hidden.push_back(model->step(ids, state));
    EXPECT_EQ(state.step, 6);
    expect_near(at::stack(hidden, 1), full_pass(model, sources_, targets_), kExact);
  }
}

/// Rows that have read something; after each step the truth is a full pass over all they read, with
/// a copy of the source for each row.
class Rows {
 public:
  Rows(Seq2Seq model, const TokenRows& sources)
      : model_(std::move(model)), sources_(sources), read_(sources.size()) {
    state_ = model_->start(model_->encode(sources_of(sources), {}));
  }
  void step_and_compare() {
    std::vector<std::int64_t> ids;
    for (std::vector<std::int32_t>& row : read_) {
      if (state_.step > 0) row.push_back(static_cast<std::int32_t>(4 + random_.below(9)));
      ids.push_back(state_.step > 0 ? row.back() : 2);
    }
    const Tensor full = full_pass(model_, sources_, read_);
    expect_near(model_->step(index_tensor(ids), state_), full.select(1, full.size(1) - 1), kExact);
  }
  void reorder(const std::vector<std::int64_t>& rows) {
    state_.reorder(index_tensor(rows));
    follow(rows);
  }
  void keep(const std::vector<std::int64_t>& sentences, const std::vector<std::int64_t>& rows) {
    state_.keep(index_tensor(sentences), index_tensor(rows));
    follow(rows);
  }

 private:
  void follow(const std::vector<std::int64_t>& rows) {
    TokenRows sources;
    TokenRows read;
    for (const std::int64_t row : rows) {
      sources.push_back(sources_[static_cast<std::size_t>(row)]);
      read.push_back(read_[static_cast<std::size_t>(row)]);
    }
    sources_ = std::move(sources);
    read_ = std::move(read);
  }

  Seq2Seq model_;
  TokenRows sources_;
  TokenRows read_;
  DecoderState state_;
  RandomStream random_{5};
};

TEST_F(RnnDecoder, BeamsThatShareAMemoryEqualCopies) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, options] : all_cases()) {
    SCOPED_TRACE(name);
    Rows rows(random_model(options), sources_);
    rows.step_and_compare();
    rows.reorder({0, 0, 1, 1, 2, 2});
    rows.step_and_compare();
    rows.reorder({1, 0, 2, 2, 4, 5});
    rows.step_and_compare();
    rows.keep({0, 2}, {1, 0, 5, 5});
    rows.step_and_compare();
    rows.step_and_compare();
  }
}

TEST_F(RnnDecoder, ASentenceAloneEqualsItInAPaddedBatch) {
  torch::NoGradGuard no_grad;
  const TokenRows targets = random_rows({5, 2, 0}, kVocabulary, 2);
  for (const auto& [name, options] : all_cases()) {
    SCOPED_TRACE(name);
    Seq2Seq model = random_model(options);
    const Tensor together = full_pass(model, sources_, targets);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const Tensor alone = full_pass(model, {sources_[i]}, {targets[i]})[0];
      expect_near(together[static_cast<std::int64_t>(i)].narrow(0, 0, alone.size(0)), alone,
                  kExact);
    }
  }
}

/// A recurrent decoder with additive attention by its equations, one step after the other.
class ByHand {
 public:
  ByHand(const Seq2Seq& model, const EncoderOutput& source)
      : weights_(model->named_parameters()),
        options_(*model->options().decoder),
        source_(source),
        fed_(at::zeros({source.sentences(), kDim}, at::kDouble)) {
    for (std::int64_t i = 0; i < options_.layers; ++i) {
      // Of the encoder's two layers, the upper one starts the upper one.
      const RecurrentState& last =
          source.finals.at(static_cast<std::size_t>(2 - options_.layers + i));
      RecurrentState state = {at::zeros_like(last.hidden), at::zeros_like(last.hidden)};
      if (options_.bridge == Bridge::copy) state.hidden = last.hidden;
      if (options_.bridge == Bridge::copy && last.cell.defined()) state.cell = last.cell;
      if (options_.bridge == Bridge::linear)
        state.hidden = at::tanh(linear("bridge_" + std::to_string(i), last.hidden));
      layers_.push_back(state);
    }
  }

  Tensor step(const Tensor& ids) {
    const Tensor embedded = weights_["encoder.embedding.weight"].index_select(0, ids) *
                            std::sqrt(static_cast<double>(kDim));
    Tensor context;
    Tensor x = embedded;
    if (options_.attend == Attend::before) {
      context = context_of(layers_.back().hidden);
      x = at::cat({embedded, context}, -1);
    } else if (options_.input_feeding) {
      x = at::cat({embedded, fed_}, -1);
    }
    for (std::size_t i = 0; i < layers_.size(); ++i)
      x = through_layer(i, x);
    if (options_.attend == Attend::after) context = context_of(x);
    if (options_.readout == Readout::maxout) {
      const Tensor both = linear("readout", at::cat({context, x, embedded}, -1));
      fed_ = std::get<0>(both.view({ids.size(0), kDim, 2}).max(-1));
    } else {
      fed_ = linear("readout", at::cat({context, x}, -1));
      if (options_.readout == Readout::attentional) fed_ = at::tanh(fed_);
    }
    return fed_;
  }

 private:
  Tensor linear(const std::string& name, const Tensor& x) const {
    return at::linear(x, weights_["decoder." + name + ".weight"],
                      weights_["decoder." + name + ".bias"]);
  }
  Tensor through_layer(std::size_t i, const Tensor& x) {
    const std::string name = "decoder.layer_" + std::to_string(i) + ".";
    RecurrentState& state = layers_[i];
    const Tensor& in = weights_[name + "weight_ih"];
    const Tensor& back = weights_[name + "weight_hh"];
    const Tensor& bias_in = weights_[name + "bias_ih"];
    const Tensor& bias_back = weights_[name + "bias_hh"];
    if (options_.cell == CellKind::gru) {
      state.hidden = at::gru_cell(x, state.hidden, in, back, bias_in, bias_back);
    } else {
      std::tie(state.hidden, state.cell) =
          at::lstm_cell(x, {state.hidden, state.cell}, in, back, bias_in, bias_back);
    }
    return state.hidden;
  }
  /// v . tanh(W s + U h + b), softmax over the real tokens, weighted sum.
  Tensor context_of(const Tensor& s) const {
    const std::string score = "decoder.attention.score.";
    const Tensor query = at::matmul(s, weights_[score + "query_weight"][0]).unsqueeze(1);
    const Tensor keys = at::matmul(source_.states, weights_[score + "key_weight"][0]);
    const Tensor hidden = at::tanh(query + keys + weights_[score + "bias"][0]);
    const Tensor scores = at::matmul(hidden, weights_[score + "vector"].flatten());  // [B, S]
    const Tensor is_padding = source_.mask.allowed.flatten(1).logical_not();
    const Tensor weights = at::softmax(scores.masked_fill(is_padding, -1e300), -1);
    return (weights.unsqueeze(-1) * source_.states).sum(1);
  }

  torch::OrderedDict<std::string, Tensor> weights_;
  DecoderOptions options_;
  EncoderOutput source_;
  std::vector<RecurrentState> layers_;
  Tensor fed_;
};

TEST_F(RnnDecoder, FollowsThePapersEquations) {
  torch::NoGradGuard no_grad;
  for (const auto& [name, options] : test::step_cases()) {
    SCOPED_TRACE(name);
    Seq2Seq model = random_model(options);
    const EncoderOutput source = model->encode(sources_of(sources_), {});
    const Sequences target = decoder_inputs_of(targets_);
    ByHand by_hand(model, source);
    std::vector<Tensor> expected;
    for (const Tensor& ids : target.ids.unbind(1))
      expected.push_back(by_hand.step(ids));
    expect_near(model->decode(target, source, {}), at::stack(expected, 1), kExact);
  }
}

/// Every value of `from` that fits; of wider input maps the first columns, of narrower ones all,
/// with zeros after them.
void copy_values(const Seq2Seq& from, Seq2Seq& to) {
  torch::NoGradGuard no_grad;
  const auto values = from->named_parameters();
  ASSERT_EQ(to->named_parameters().size(), values.size());
  for (auto& item : to->named_parameters()) {
    const Tensor value = values[item.key()];
    if (value.sizes() == item.value().sizes()) {
      item.value().copy_(value);
      continue;
    }
    ASSERT_EQ(item.key(), "decoder.layer_0.weight_ih");
    item.value().zero_();
    item.value().narrow(1, 0, value.size(1)).copy_(value);
  }
}

TEST_F(RnnDecoder, AFeedWithoutWeightsEqualsNoFeed) {
  torch::NoGradGuard no_grad;
  for (const CellKind cell : {CellKind::gru, CellKind::lstm}) {
    for (const std::int64_t layers : {1, 2}) {
      for (const auto& align : {"softmax", "local_m", "local_p"}) {
        DecoderOptions decoder = decoder_of(cell, layers, Attend::after);
        decoder.attention = attention_of("general", align);
        Seq2Seq all_at_once = random_model(options_of(decoder));
        decoder.input_feeding = true;
        Seq2Seq in_steps = random_model(options_of(decoder), 4);
        const Tensor expected = full_pass(all_at_once, sources_, targets_);
        const Tensor with_feed = full_pass(in_steps, sources_, targets_);
        copy_values(all_at_once, in_steps);
        expect_near(full_pass(in_steps, sources_, targets_), expected, kExact);
        EXPECT_FALSE(at::allclose(with_feed, expected));
      }
    }
  }
}

TEST_F(RnnDecoder, GradientsReachEveryParameter) {
  for (const auto& [name, options] : all_cases()) {
    SCOPED_TRACE(name);
    Seq2Seq model = random_model(options);
    RandomStream random(3);
    std::vector<AttentionRecord> records;
    const Tensor logits =
        model->logits(full_pass(model, sources_, targets_, ForwardContext{&random}, &records));
    Tensor loss = (logits * test::normal(logits.sizes(), 8)).sum();
    // Draws learn through their probabilities.
    const bool draws = !records.empty() && records[0].extras.entropy.defined();
    if (draws) loss = loss + records[0].extras.log_probability.square().sum();
    loss.backward();
    for (const auto& item : model->named_parameters()) {
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      EXPECT_TRUE(at::isfinite(item.value().grad()).all().item<bool>()) << item.key();
      EXPECT_GT(item.value().grad().abs().max().item<double>(), 0.0) << item.key();
    }
  }
}

TEST_F(RnnDecoder, GradientsEqualCentralDifferences) {
  DecoderOptions bahdanau = decoder_of(CellKind::gru, 1, Attend::before);
  bahdanau.readout = Readout::maxout;
  DecoderOptions luong = decoder_of(CellKind::lstm, 2, Attend::after, true);
  luong.attention = attention_of("general", "local_p");
  luong.bridge = Bridge::copy;
  DecoderOptions without = decoder_of(CellKind::lstm, 1, Attend::after);
  without.attention.reset();
  const Sequences source = sources_of({{5, 6}, {4}});
  const Sequences target = decoder_inputs_of({{6, 4}, {5, 5}});
  for (const DecoderOptions& decoder : {bahdanau, luong, without}) {
    ModelOptions options = options_of(decoder);
    options.dim = 4;
    options.encoder = encoder_of(decoder.cell, 2);
    options.encoder->blocks->repeat = decoder.layers;
    Seq2Seq model = make_model(options, 7, 7, 1);
    test::randomise_parameters(*model, 1);
    const Tensor weight = test::normal({2, 3, 4}, 2);
    test::expect_gradients(
        [&] { return (model->decode(target, model->encode(source, {}), {}) * weight).sum(); },
        test::with_parameters({}, *model), 1e-6);
  }
}

TEST_F(RnnDecoder, ComesBackFromAFileBitForBit) {
  torch::NoGradGuard no_grad;
  const test::TemporaryFolder folder;
  int number = 0;
  for (const auto& [name, options] : test::attention_cases()) {
    SCOPED_TRACE(name);
    Seq2Seq saved = test::tiny_model(kVocabulary, 1, options);
    const auto path = folder / ("model_" + std::to_string(number++) + ".safetensors");
    save_weights(path, named_weights(*saved), {});
    Seq2Seq loaded = test::tiny_model(kVocabulary, 2, options);
    const Tensor expected = full_pass(saved, sources_, targets_);
    EXPECT_FALSE(at::equal(full_pass(loaded, sources_, targets_), expected));
    load_weights(path, *loaded, kVocabulary);
    expect_identical(full_pass(loaded, sources_, targets_), expected);
  }
}

}  // namespace
}  // namespace regard
