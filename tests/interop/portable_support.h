#pragma once

#include <string>
#include <utility>
#include <vector>

#include "regard/interop/portable_model.h"

#include "support/tiny_model.h"
#include "text/sample_text.h"

namespace regard::test {

inline Tokenizer sample_tokenizer(std::int64_t size, std::uint64_t seed = 1) {
  TokenizerTraining training;
  training.size = size;
  training.next_sentence = source_of(sample_sentences(300, seed));
  return train_tokenizer(training);
}

/// A small model with random biases and norms, as ours are: ids of SentencePiece, start <s>.
inline PortableModel portable(const ModelOptions& options, const Tokenizer& source,
                              const Tokenizer& target) {
  Seq2Seq model = make_model(options, source.size(), target.size(), 5);
  move_vectors(*model, 6);
  const bool is_shared = source.fingerprint() == target.fingerprint();
  return {weights_of(*model), source, target, is_shared, TokenRoles(), {}, "en", "de", {}};
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
  ModelOptions bare = tiny_options();
  bare.bias = false;
  bare.gated = true;
  bare.scale_embedding = false;
  bare.norm_epsilon = 1e-6;
  all.emplace_back("gated, without biases and scale", bare);
  return all;
}

}  // namespace regard::test
