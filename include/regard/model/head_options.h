#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regard/config/describe.h"
#include "regard/layers/layer_options.h"
#include "regard/layers/pool_options.h"

namespace regard {

/// The function after a hidden layer of a head.
enum class HeadActivation { relu, elu, tanh, gelu };
REGARD_ENUM(HeadActivation, relu, elu, tanh, gelu);

/// How two vectors are put side by side.
enum class ComparedPart {
  first,       ///< that of the first text
  second,      ///< that of the second one
  difference,  ///< first - second
  product,     ///< of their features
};
REGARD_ENUM(ComparedPart, first, second, difference, product);

/// What stands on an encoder in place of a decoder. Its vectors are pooled states, or the states
/// themselves where every word has an answer.
struct HeadOptions {
  using Self = HeadOptions;
  std::optional<PoolOptions> pool;
  std::optional<AttentionOptions> interact;
  std::vector<ComparedPart> compare;
  std::int64_t compare_hidden = 0;
  std::optional<BlocksOptions> compose;
  std::int64_t hidden = 0;
  HeadActivation activation = HeadActivation::relu;
  double dropout = 0.0;
  bool constrain = true;

  static void describe(auto&& field) {
    REGARD_FIELD(pool, "How the states of a text become one vector; none = their mean.");
    REGARD_FIELD(interact,
                 "Attention between two texts, both ways: each word is compared with what the "
                 "other text has for it (Chen et al. 2017). none = the texts meet as pooled "
                 "vectors.");
    REGARD_FIELD(compare,
                 "What is put side by side of two vectors: first, second, difference, product. "
                 "Empty = all four.");
    REGARD_FIELD(compare_hidden,
                 "Width of a layer with ReLU that compared words pass through; 0 = no layer.",
                 config::between(0, 65536));
    REGARD_FIELD(compose, "Blocks that read the compared words of a text before they are pooled.");
    REGARD_FIELD(hidden, "Width of a hidden layer before the output layer; 0 = no layer.",
                 config::between(0, 65536));
    REGARD_FIELD(activation, "Activation of the hidden layer.");
    REGARD_FIELD(dropout, "On the inputs of the hidden layer and of the output layer; 0 = none.",
                 config::between(0.0, 0.95));
    REGARD_FIELD(constrain,
                 "Where all labels of words are O, B-… and I-…: answer the most probable labels in "
                 "which every I-X continues a span of X; false = the most probable label of each "
                 "word.");
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(HeadOptions);

/// With what is left open filled in, over states that are `width` wide.
HeadOptions resolved(HeadOptions options, std::int64_t width);

/// Width of two vectors, `width` each, that were compared.
std::int64_t compared_width(const HeadOptions& options, std::int64_t width);

}  // namespace regard
