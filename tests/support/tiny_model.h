#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/random.h"
#include "regard/model/seq2seq.h"
#include "regard/tensor/torch.h"

#include "support/token_rows.h"

namespace regard::test {

/// Two blocks of two heads, dim 16; everything a model of a paper has, in a few thousand values.
inline ModelOptions tiny_options() {
  ModelOptions options;
  options.dim = 16;
  options.layers = 2;
  options.heads = 2;
  options.feed_forward = 32;
  return options;
}

/// Models start with biases of 0 and norms of 1, which would hide a lost bias: this moves all of
/// them.
inline void move_vectors(torch::nn::Module& model, std::uint64_t seed) {
  torch::NoGradGuard no_grad;
  at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  for (torch::Tensor& parameter : model.parameters()) {
    if (parameter.dim() == 1) parameter.add_(at::randn(parameter.sizes(), generator), 0.2);
  }
}

/// One vocabulary of `vocabulary` pieces on both sides.
inline Seq2Seq tiny_model(std::int64_t vocabulary, std::uint64_t seed = 1,
                          const ModelOptions& options = tiny_options()) {
  // So small tensors gain nothing from threads, and waiting for them costs much on a busy machine.
  at::set_num_threads(1);
  Seq2Seq model = make_model(options, vocabulary, vocabulary, seed);
  move_vectors(*model, seed);
  return model;
}

/// Tied and not, every position, both norms: what a plain Transformer can be.
inline std::vector<std::pair<std::string, ModelOptions>> plain_transformers() {
  std::vector<std::pair<std::string, ModelOptions>> all;
  for (const NormPlacement norm : {NormPlacement::pre, NormPlacement::post}) {
    for (const Tie tie : {Tie::none, Tie::decoder, Tie::all}) {
      ModelOptions options = tiny_options();
      options.norm = norm;
      options.tie = tie;
      options.output_bias = tie == Tie::decoder;
      options.activation = tie == Tie::all ? Activation::silu : Activation::gelu;
      all.emplace_back(config::word_of(norm) + ", tie " + config::word_of(tie), options);
    }
  }
  for (const PositionKind position : {PositionKind::sinusoidal_halves, PositionKind::timing,
                                      PositionKind::learned, PositionKind::none}) {
    ModelOptions options = tiny_options();
    options.position = position;
    options.max_positions = 64;
    all.emplace_back("position " + config::word_of(position), options);
  }
  ModelOptions uneven = tiny_options();
  uneven.encoder_layers = 3;
  uneven.decoder_layers = 1;
  all.emplace_back("three encoder blocks, one decoder block", uneven);
  ModelOptions bare = tiny_options();
  bare.bias = false;
  bare.gated = true;
  bare.scale_embedding = false;
  bare.norm_epsilon = 1e-6;
  all.emplace_back("gated, without biases and scale", bare);
  return all;
}

/// Average attention instead of the decoder's self-attention, the rest as `base` has it.
inline ModelOptions with_average_decoder(const ModelOptions& base, std::int64_t ffn,
                                         bool has_gate) {
  ModelOptions options = expand(base);
  SublayerOptions& first = options.decoder->blocks->sublayers.front();
  first.self_attention.reset();
  first.average = AverageOptions{ffn, has_gate};
  return options;
}

/// SSRU instead of the decoder's self-attention.
inline ModelOptions with_ssru_decoder(const ModelOptions& base) {
  ModelOptions options = expand(base);
  SublayerOptions& first = options.decoder->blocks->sublayers.front();
  first.self_attention.reset();
  first.ssru.emplace();
  return options;
}

/// Sources as our own models have them: ended by 3, padded with 0.
inline Sequences sources_of(const TokenRows& rows) {
  return pad_sequences(spans_of(rows), -1, 3, 0);
}

/// What the decoder reads: 2 first, padded with 0.
inline Sequences decoder_inputs_of(const TokenRows& rows) {
  return pad_sequences(spans_of(rows), 2, -1, 0);
}

}  // namespace regard::test
