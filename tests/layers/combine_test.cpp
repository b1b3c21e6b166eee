#include <cmath>

#include <gtest/gtest.h>

#include "regard/layers/sublayer.h"
#include "regard/tensor/torch.h"

#include "support/gradient_check.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::expect_near;
using test::normal;
using torch::Tensor;

constexpr std::int64_t kWidth = 6;

SublayerOptions with_network() {
  SublayerOptions options;
  options.ffn.emplace().hidden = 5;
  return options;
}

SublayerOptions with_rnn(CellKind cell, std::int64_t hidden, bool is_bidirectional,
                         Combine combine) {
  SublayerOptions options;
  options.rnn = RnnOptions{cell, hidden, is_bidirectional, DirectionMerge::concat};
  options.combine = combine;
  return options;
}

SublayerOptions with_causal_convolution() {
  SublayerOptions options;
  options.conv = ConvOptions{{3, 2}, 7, true, true};
  return options;
}

SublayerOptions with_average(std::int64_t ffn, bool has_gate) {
  SublayerOptions options;
  options.average = AverageOptions{ffn, has_gate};
  return options;
}

SublayerOptions with_ssru() {
  SublayerOptions options;
  options.ssru.emplace();
  return options;
}

/// DiSAN's token2token attention with its dense layer and its gate (Shen et al. 2018), without
/// projections.
SublayerOptions disan(AttentionMask mask) {
  SublayerOptions options;
  AttentionOptions& attention = options.self_attention.emplace();
  attention.score = "additive";
  attention.clip = 5.0;
  attention.granularity = Granularity::feature;
  attention.project = AttentionProjection::none;
  attention.mask = mask;
  options.pre_dense = PreDense::elu;
  options.combine = Combine::fusion;
  options.norm = SublayerNorm::none;
  return options;
}

SublayerSizes sizes_of(NormPlacement norm, double dropout = 0.0) {
  SublayerSizes sizes;
  sizes.widths = {kWidth, 0};
  sizes.norm = norm;
  sizes.dropout = {dropout, 0.0, 0.0, 0.0};
  return sizes;
}

/// In float64, every parameter drawn at random, the same for the same shapes.
Sublayer random_sublayer(const SublayerOptions& options, NormPlacement norm = NormPlacement::none,
                         double dropout = 0.0) {
  Sublayer sublayer(options, sizes_of(norm, dropout), "encoder.0");
  test::randomise_parameters(*sublayer, 1);
  return sublayer;
}

Tensor run(Sublayer sublayer, const Tensor& x, const ForwardContext& context = {}) {
  const SequenceMask mask;
  return sublayer->forward(x, BlockInput{context, mask}, nullptr);
}

Tensor linear_of(const Sublayer& sublayer, const std::string& name, const Tensor& x) {
  const auto parameters = sublayer->named_parameters();
  return at::linear(x, parameters[name + ".weight"], parameters[name + ".bias"]);
}

Tensor norm_of(const Sublayer& sublayer, const Tensor& x) {
  const auto parameters = sublayer->named_parameters();
  return at::layer_norm(x, {x.size(-1)}, parameters["norm.weight"], parameters["norm.bias"]);
}

/// What the feed-forward network makes of h.
Tensor network_of(const Sublayer& sublayer, const Tensor& h) {
  return linear_of(sublayer, "network.outer", at::relu(linear_of(sublayer, "network.inner", h)));
}

Tensor fused(const Sublayer& sublayer, const Tensor& h, const Tensor& s) {
  const Tensor gate = at::sigmoid(linear_of(sublayer, "fusion", at::cat({s, h}, -1)));
  return gate * h + (1.0 - gate) * s;
}

void set_gate(Sublayer& sublayer, double bias) {
  torch::NoGradGuard no_grad;
  sublayer->named_parameters()["fusion.bias"].fill_(bias);
}

TEST(SublayerCombine, FollowsItsEquationInEveryPlaceOfTheNorm) {
  const Tensor x = normal({2, 3, kWidth}, 2);
  for (const Combine combine : config::enum_table<Combine>().values) {
    for (const NormPlacement norm : config::enum_table<NormPlacement>().values) {
      SCOPED_TRACE(config::word_of(combine) + ", norm " + config::word_of(norm));
      SublayerOptions options = with_network();
      options.combine = combine;
      const Sublayer sublayer = random_sublayer(options, norm);
      const Tensor h = norm == NormPlacement::pre ? norm_of(sublayer, x) : x;
      const Tensor s = network_of(sublayer, h);
      Tensor y = combine == Combine::residual ? x + s : s;
      if (combine == Combine::fusion) y = fused(sublayer, h, s);
      expect_near(run(sublayer, x), norm == NormPlacement::post ? norm_of(sublayer, y) : y, 1e-12);
    }
  }
}

TEST(SublayerCombine, TheGateOpensToInputOrOutput) {
  const Tensor x = normal({2, 3, kWidth}, 2);
  for (const NormPlacement norm : {NormPlacement::none, NormPlacement::pre}) {
    SublayerOptions options = with_network();
    options.combine = Combine::fusion;
    Sublayer sublayer = random_sublayer(options, norm);
    const Tensor h = norm == NormPlacement::pre ? norm_of(sublayer, x) : x;
    set_gate(sublayer, 50.0);
    expect_near(run(sublayer, x), h, 1e-12);
    set_gate(sublayer, -50.0);
    expect_near(run(sublayer, x), network_of(sublayer, h), 1e-12);
  }
}

TEST(SublayerCombine, ADenseLayerGoesBeforeTheFunctionAlone) {
  const Tensor x = normal({2, 3, kWidth}, 2);
  for (const PreDense kind : {PreDense::relu, PreDense::elu}) {
    for (const Combine combine : config::enum_table<Combine>().values) {
      SCOPED_TRACE(config::word_of(kind) + ", " + config::word_of(combine));
      SublayerOptions options = with_network();
      options.pre_dense = kind;
      options.combine = combine;
      const Sublayer sublayer = random_sublayer(options, NormPlacement::pre);
      const Tensor mapped = linear_of(sublayer, "pre_dense", norm_of(sublayer, x));
      const Tensor h = kind == PreDense::relu
                           ? mapped.clamp_min(0.0)
                           : at::where(mapped > 0, mapped, mapped.clamp_max(0.0).exp() - 1.0);
      const Tensor s = network_of(sublayer, h);
      Tensor y = combine == Combine::residual ? x + s : s;
      if (combine == Combine::fusion) y = fused(sublayer, h, s);
      expect_near(run(sublayer, x), y, 1e-12);
    }
  }
}

TEST(SublayerCombine, ReplaceMayChangeTheWidth) {
  const Tensor x = normal({2, 3, kWidth}, 2);
  const SublayerOptions options = with_rnn(CellKind::gru, 5, true, Combine::replace);
  EXPECT_EQ(output_width(options, {kWidth, 0}), 10);
  for (const NormPlacement norm : config::enum_table<NormPlacement>().values) {
    SCOPED_TRACE(config::word_of(norm));
    const Sublayer sublayer = random_sublayer(options, norm);
    EXPECT_EQ(run(sublayer, x).sizes(), at::IntArrayRef({2, 3, 10}));
    if (norm == NormPlacement::none) continue;
    EXPECT_EQ(sublayer->named_parameters()["norm.weight"].size(0),
              norm == NormPlacement::pre ? kWidth : 10);
  }
}

TEST(SublayerCombine, AStackKnowsItsWidth) {
  SublayerOptions last = with_network();
  last.combine = Combine::replace;
  const SublayerOptions wide = with_rnn(CellKind::lstm, 5, true, Combine::replace);
  for (const NormPlacement norm : config::enum_table<NormPlacement>().values) {
    const BlocksOptions options{2, norm, {wide, with_network(), last}};
    BlockStack stack(options, sizes_of(norm), "encoder");
    test::randomise_parameters(*stack, 1);
    const SequenceMask mask;
    const ForwardContext evaluation;
    const Tensor y = stack->forward(normal({2, 3, kWidth}, 2), BlockInput{evaluation, mask});
    EXPECT_EQ(y.size(-1), 10);
    EXPECT_EQ(stack->width(), 10);
    EXPECT_EQ(output_width(options, {kWidth, 0}), 10);
  }
}

TEST(SublayerCombine, DropsTheFunctionsOutputAlone) {
  const Tensor x = normal({20, 3, kWidth}, 2);
  RandomStream of_replace(1);
  SublayerOptions options = with_network();
  options.combine = Combine::replace;
  const Sublayer replace = random_sublayer(options, NormPlacement::none, 0.5);
  const Tensor whole = run(replace, x);
  const Tensor dropped = run(replace, x, ForwardContext{&of_replace});
  const Tensor is_dropped = dropped == 0.0;
  EXPECT_NEAR(is_dropped.to(torch::kDouble).mean().item<double>(), 0.5, 0.12);
  expect_near(dropped, (2.0 * whole).masked_fill(is_dropped, 0.0), 1e-12);
  RandomStream of_fusion(1);
  options.combine = Combine::fusion;
  Sublayer fusion = random_sublayer(options, NormPlacement::none, 0.5);
  set_gate(fusion, 50.0);
  expect_near(run(fusion, x, ForwardContext{&of_fusion}), x, 1e-12);
}

TEST(Disan, TheFirstTokenOfAForwardMaskIsItsGatedSelf) {
  const Tensor x = normal({2, 4, kWidth}, 2);
  const Sublayer sublayer = random_sublayer(disan(AttentionMask::forward));
  const Tensor h = at::elu(linear_of(sublayer, "pre_dense", x)).select(1, 0);
  const Tensor gate =
      at::sigmoid(linear_of(sublayer, "fusion", at::cat({at::zeros_like(h), h}, -1)));
  expect_near(run(sublayer, x).select(1, 0), gate * h, 1e-14);
}

/// u of every token by loops: weights over the earlier tokens, one distribution per feature.
TEST(Disan, FollowsThePapersEquations) {
  const Tensor x = normal({1, 4, kWidth}, 2);
  const Sublayer sublayer = random_sublayer(disan(AttentionMask::forward));
  const auto parameters = sublayer->named_parameters();
  const Tensor h = at::elu(linear_of(sublayer, "pre_dense", x))[0];
  const Tensor query = at::matmul(h, parameters["attention.score.query_weight"]);
  const Tensor key = at::matmul(h, parameters["attention.score.key_weight"]);
  const Tensor bias = parameters["attention.score.bias"];
  Tensor s = at::zeros_like(h);
  for (std::int64_t i = 1; i < 4; ++i) {
    std::vector<Tensor> scores;
    for (std::int64_t j = 0; j < i; ++j)
      scores.push_back(5.0 * at::tanh((query[i] + key[j] + bias) / 5.0));
    const Tensor weights = at::softmax(at::stack(scores), 0);  // [earlier, features]
    s[i] = (weights * h.narrow(0, 0, i)).sum(0);
  }
  expect_near(run(sublayer, x)[0], fused(sublayer, h, s), 1e-12);
}

TEST(Disan, BackwardMirrorsForward) {
  const Tensor x = normal({2, 5, kWidth}, 2);
  const Tensor forward = run(random_sublayer(disan(AttentionMask::forward)), x.flip(1)).flip(1);
  expect_near(run(random_sublayer(disan(AttentionMask::backward)), x), forward, 1e-12);
}

TEST(Disan, DirectionsSeeTheOrderAndADiagonalDoesNot) {
  const Tensor x = normal({2, 5, kWidth}, 2);
  const Tensor order = torch::tensor({3, 0, 4, 2, 1}, torch::kInt64);
  const Sublayer diagonal = random_sublayer(disan(AttentionMask::diagonal));
  expect_near(run(diagonal, x.index_select(1, order)), run(diagonal, x).index_select(1, order),
              1e-12);
  for (const AttentionMask mask : {AttentionMask::forward, AttentionMask::backward}) {
    const Sublayer directed = random_sublayer(disan(mask));
    const Tensor moved = run(directed, x.index_select(1, order));
    const Tensor change = moved - run(directed, x).index_select(1, order);
    EXPECT_GT(change.abs().max().item<double>(), 1e-3);
  }
}

TEST(Disan, GradientsEqualCentralDifferences) {
  const Tensor x = normal({2, 3, kWidth}, 2);
  const Tensor weight = normal({2, 3, kWidth}, 3);
  SublayerOptions options = disan(AttentionMask::forward);
  options.norm = SublayerNorm::pre;
  const Sublayer sublayer = random_sublayer(options);
  test::expect_gradients([&] { return (run(sublayer, x) * weight).sum(); },
                         test::with_parameters({{"x", x}}, *sublayer), 1e-7);
}

/// Decoders of blocks with every kind of sublayer that remembers something.
std::vector<BlocksOptions> decoders() {
  SublayerOptions cross;
  cross.cross_attention.emplace().heads = 2;
  SublayerOptions causal;
  causal.self_attention.emplace().heads = 2;
  causal.self_attention->mask = AttentionMask::causal;
  SublayerOptions back = with_network();  // after a change of width
  back.combine = Combine::replace;
  const SublayerOptions gru = with_rnn(CellKind::gru, 0, false, Combine::residual);
  const SublayerOptions wide = with_rnn(CellKind::lstm, 8, false, Combine::replace);
  const SublayerOptions fusion = with_rnn(CellKind::lstm, 0, false, Combine::fusion);
  return {{2, NormPlacement::pre, {gru, cross, with_network()}},
          {2, NormPlacement::post, {with_causal_convolution(), cross, fusion}},
          {1, NormPlacement::none, {wide, with_causal_convolution(), cross, gru}},
          {2, NormPlacement::pre, {disan(AttentionMask::forward), with_causal_convolution()}},
          {1, NormPlacement::post, {causal, fusion, cross, wide, back}},
          {2, NormPlacement::pre, {with_average(0, true), cross, with_network()}},
          {1, NormPlacement::post, {with_average(5, false), with_average(4, true), cross}},
          {2, NormPlacement::pre, {with_ssru(), cross, with_network()}},
          {1, NormPlacement::post, {with_ssru(), cross, with_ssru()}}};
}

/// Three sentences and their sources, and stacks that read them.
struct DecoderExample {
  Tensor source = normal({3, 5, 4}, 11);
  SequenceMask source_mask = make_sequence_mask(torch::tensor({5, 2, 4}, torch::kInt64), 5);
  ForwardContext evaluation;
  SequenceMask nothing_padded;

  static BlockStack stack(const BlocksOptions& options) {
    SublayerSizes sizes = sizes_of(options.norm);
    sizes.widths.source = 4;
    BlockStack stack(options, sizes, "decoder");
    test::randomise_parameters(*stack, 1);
    return stack;
  }
  /// Row r of x reads sentence `sentences[r]`.
  Tensor whole(BlockStack& stack, const Tensor& x, const Tensor& sentences) const {
    const Tensor chosen = source.index_select(0, sentences);
    const SequenceMask mask = make_sequence_mask(source_mask.lengths.index_select(0, sentences), 5);
    return stack->forward(x, BlockInput{evaluation, nothing_padded, &chosen, &mask});
  }
  /// Positions [first, end) of x, one by one.
  Tensor steps(BlockStack& stack, const Tensor& x, std::int64_t first, std::int64_t end,
               std::vector<SublayerState>& states) const {
    std::vector<Tensor> parts;
    for (std::int64_t t = first; t < end; ++t) {
      BlockInput input{evaluation, nothing_padded};
      input.first_position = t;
      input.states = &states;
      parts.push_back(stack->forward(x.narrow(1, t, 1), input));
    }
    return at::cat(parts, 1);
  }
};

Tensor rows_of(const std::vector<std::int64_t>& rows) {
  return at::tensor(rows, at::TensorOptions().dtype(at::kLong));
}

TEST(DecoderBlocks, StepByStepEqualsTheFullPass) {
  torch::NoGradGuard no_grad;
  const DecoderExample example;
  const Tensor x = normal({3, 7, kWidth}, 12);
  std::size_t number = 0;
  for (const BlocksOptions& options : decoders()) {
    SCOPED_TRACE(number++);
    BlockStack stack = DecoderExample::stack(options);
    std::vector<SublayerState> states = stack->start(example.source, example.source_mask);
    expect_near(example.steps(stack, x, 0, 7, states), example.whole(stack, x, rows_of({0, 1, 2})),
                1e-10);
  }
}

TEST(DecoderBlocks, ReorderedRowsEqualRecomputation) {
  torch::NoGradGuard no_grad;
  const DecoderExample example;
  const Tensor sentences = rows_of({0, 0, 1, 1, 2, 2});
  std::size_t number = 0;
  for (const BlocksOptions& options : decoders()) {
    SCOPED_TRACE(number++);
    BlockStack stack = DecoderExample::stack(options);
    std::vector<SublayerState> states = stack->start(example.source, example.source_mask);
    Tensor x = normal({3, 7, kWidth}, 12);
    example.steps(stack, x, 0, 2, states);
    // Two hypotheses of each sentence, which then differ; later the better one of each twice.
    for (const Tensor& rows : {sentences, rows_of({1, 1, 2, 3, 5, 4})}) {
      for (SublayerState& state : states)
        state.reorder(rows);
      const bool is_first = rows.equal(sentences);
      const std::int64_t done = is_first ? 2 : 4;
      x = x.index_select(0, rows).clone();
      x.narrow(1, done, 7 - done).copy_(normal({6, 7 - done, kWidth}, is_first ? 13 : 14));
      const std::int64_t end = is_first ? 4 : 7;
      expect_near(example.steps(stack, x, done, end, states),
                  example.whole(stack, x, sentences).narrow(1, done, end - done), 1e-10);
    }
  }
}

TEST(DecoderBlocks, LaterPositionsDoNotChangeEarlierOnes) {
  torch::NoGradGuard no_grad;
  const DecoderExample example;
  const Tensor sentences = rows_of({0, 1, 2});
  const Tensor x = normal({3, 7, kWidth}, 12);
  Tensor changed = x.clone();
  changed.select(1, 4).add_(1.0);
  for (const BlocksOptions& options : decoders()) {
    BlockStack stack = DecoderExample::stack(options);
    const Tensor before = example.whole(stack, x, sentences);
    const Tensor after = example.whole(stack, changed, sentences);
    expect_identical(after.narrow(1, 0, 4), before.narrow(1, 0, 4));
    EXPECT_FALSE(at::equal(after.select(1, 4), before.select(1, 4)));
  }
}

}  // namespace
}  // namespace regard
