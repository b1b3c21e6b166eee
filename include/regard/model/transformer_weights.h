#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regard/model/seq2seq.h"

namespace regard {

/// y = x weight^T + bias.
struct LinearWeights {
  torch::Tensor weight;  ///< [out, in]
  torch::Tensor bias;    ///< [out]; undefined = none
};

struct NormWeights {
  torch::Tensor scale;  ///< [dim]
  torch::Tensor shift;  ///< [dim]
};

struct AttentionWeights {
  LinearWeights in;   ///< [3 dim, dim]: rows of the query, of the key, of the value
  LinearWeights out;  ///< [dim, dim]
  NormWeights norm;
};

struct LayerWeights {
  AttentionWeights self_attention;
  std::optional<AttentionWeights> cross_attention;  ///< decoders
  LinearWeights inner;  ///< [hidden, dim]; gated [2 hidden, dim]: the activated rows first
  LinearWeights outer;  ///< [dim, hidden]
  NormWeights feed_forward_norm;
};

/// Encoder or decoder.
struct StackWeights {
  torch::Tensor embedding;  ///< [vocabulary, dim]
  torch::Tensor positions;  ///< [max_positions, dim] where they are learned; else undefined
  std::vector<LayerWeights> layers;
  std::optional<NormWeights> final_norm;  ///< of pre-norm blocks
};

/// What differs between encoder and decoder.
struct StackShape {
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t feed_forward = 0;
  Activation activation = Activation::relu;
  bool is_gated = false;
};

/// What a Transformer's weights do not say themselves.
struct TransformerShape {
  std::int64_t dim = 0;
  StackShape encoder;
  StackShape decoder;
  NormPlacement norm = NormPlacement::post;  ///< pre or post
  double norm_epsilon = 1e-5;
  PositionKind position = PositionKind::sinusoidal_halves;
  std::int64_t max_positions = 1024;  ///< of learned positions
  bool scales_embedding = true;       ///< by sqrt(dim)
  bool has_output_bias = false;
  Tie tie = Tie::all;
  DropoutOptions dropout;
};

/// A plain Transformer (Vaswani et al. 2017), the form in which models come from other programs and
/// go to them. Tied tables are the same tensor. float32.
struct TransformerWeights {
  TransformerShape shape;
  StackWeights encoder;
  StackWeights decoder;
  torch::Tensor output_weight;  ///< [target vocabulary, dim]
  torch::Tensor output_bias;    ///< [target vocabulary]; undefined = none
};

/// The shape of a plain Transformer (see plain_transformer_obstacles()) with these options, in the
/// full form.
TransformerShape shape_of(const ModelOptions& options);

/// The weights of a plain Transformer; they share its memory.
TransformerWeights weights_of(const Seq2SeqImpl& model);

/// The options of a model of this shape, in the full form.
ModelOptions options_of(const TransformerShape& shape);

/// A model with copies of these weights; a missing bias becomes 0.
Seq2Seq model_of(const TransformerWeights& weights);

/// The same model with the features of its hidden states in another order: feature i is what
/// `order[i]` was. order [dim] (int64).
TransformerWeights with_feature_order(const TransformerWeights& weights,
                                      const torch::Tensor& order);

/// The feature order that turns interleaved sines and cosines into halves.
torch::Tensor halves_order(std::int64_t dim);

}  // namespace regard
