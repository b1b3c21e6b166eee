#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "regard/core/error.h"
#include "regard/model/model_options.h"

namespace regard {

// Three questions are asked about a model, and each has an answer of its own, key by key:
// - Is it a plain Transformer, which the flat keys, the presets and TransformerWeights describe?
//   plain_transformer_obstacles() here.
// - Can it be exported to a format? export_obstacles() in run/portable.h.
// - Can its weights be packed for decoding? packing_obstacles() in decode/packing.h.
// They share the rules below. All options are in the full form.

/// What stands against a use of a model: key, value and fix of each choice that it does not allow.
class Obstacles {
 public:
  /// `place` begins the messages, `verdict` follows each value ("cannot be packed"), and `fix` is
  /// the way out.
  Obstacles(const std::filesystem::path& place, std::string verdict, std::string fix);
  /// `key` below `model`.
  void unless(bool is_fine, const std::string& key, const std::string& value);
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::string place_;
  std::string verdict_;
  std::string fix_;
  std::vector<Problem> problems_;
};

/// An attention of Vaswani et al. 2017 with this mask; `key` leads to it.
void require_plain_attention(const AttentionOptions& attention, AttentionMask mask,
                             const std::string& key, Obstacles& obstacles);
/// A sublayer with a residual connection, and its norm where its blocks have it.
void require_plain_place(const SublayerOptions& sublayer, NormPlacement of_blocks,
                         const std::string& key, Obstacles& obstacles);
/// One stack of blocks of self-attention and feed-forward network.
void require_plain_encoder(const ModelOptions& options, Obstacles& obstacles);
/// The encoder, and a decoder of self-attention, cross-attention and feed-forward network with the
/// same norm.
void require_plain_transformer(const ModelOptions& options, Obstacles& obstacles);

/// What of these options no plain Transformer has; empty = it is one.
std::vector<Problem> plain_transformer_obstacles(const ModelOptions& options,
                                                 const std::filesystem::path& place = {});

}  // namespace regard
