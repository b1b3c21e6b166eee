#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "regard/engine/activation.h"
#include "regard/engine/positions.h"

namespace regard {

/// What a packed sublayer has to know besides its weights. What its kind does not have stays as it
/// is.
struct SublayerPlan {
  std::string kind;         ///< of src/engine/packed/packed_kinds.def
  std::string name;         ///< of its weights in the stack of blocks: "0.self_attention"
  bool has_bias = true;     ///< of its linear layers
  std::int64_t heads = 1;   ///< attentions
  std::int64_t hidden = 0;  ///< between two linear layers; 0 = there are none
  Activation activation = Activation::relu;  ///< between them
  bool is_gated = false;
};

/// Encoder or decoder.
struct StackPlan {
  std::vector<SublayerPlan> sublayers;  ///< of all blocks, in order
  bool is_pre_norm = true;              ///< norms are in front of the sublayers, and after the last
};

/// The shape of a Transformer whose decoder may be of any sublayers that can be packed.
struct TransformerPlan {
  std::int64_t dim = 0;
  std::int64_t source_vocabulary = 0;
  std::int64_t target_vocabulary = 0;
  double norm_epsilon = 1e-5;
  bool scales_embedding = true;  ///< by sqrt(dim)
  PositionKind position = PositionKind::sinusoidal_halves;
  std::int64_t max_positions = 0;  ///< of learned ones
  bool has_target_table = true;    ///< false: the target's embeddings are the source's
  bool has_output_matrix = true;   ///< false: it is the target's embeddings
  bool has_output_bias = false;
  StackPlan encoder;  ///< self-attention and feed-forward network in turn
  StackPlan decoder;
};

/// Names and shapes of all weights of such a model.
using WeightShapes = std::map<std::string, std::vector<std::int64_t>>;
WeightShapes weight_shapes(const TransformerPlan& plan);

}  // namespace regard
