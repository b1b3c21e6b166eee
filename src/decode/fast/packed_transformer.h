#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "regard/decode/fast_transformer.h"
#include "regard/model/transformer_weights.h"
#include "regard/tensor/attend_row.h"
#include "regard/tensor/packed_matrix.h"

#include "row_functions.h"

namespace regard {

struct PackedFeedForward {
  PackedMatrix inner;
  PackedMatrix outer;
  NormWeights norm;
};

struct PackedEncoderLayer {
  PackedMatrix query_key_value;
  PackedMatrix out;
  NormWeights norm;
  PackedFeedForward feed_forward;
};

/// Queries, and keys next to values, in matrices of their own: the latter go straight to the cache.
struct PackedAttention {
  PackedMatrix query;
  PackedMatrix key_value;
  PackedMatrix out;
  NormWeights norm;
};

struct PackedDecoderLayer {
  PackedAttention self;
  PackedAttention cross;
  PackedFeedForward feed_forward;
};

/// Token and position vectors of one side.
class PackedEmbedding {
 public:
  PackedEmbedding(const StackWeights& stack, const TransformerShape& shape);
  /// Writes [dim] the vector of `token` at `position`.
  void write(std::int64_t token, std::int64_t position, const torch::Tensor& positions,
             float* out) const;
  /// The vectors of at least that many positions: [.., dim]; undefined without positions. Throws
  /// UserError past the end of learned ones.
  torch::Tensor positions(std::int64_t count) const;

 private:
  torch::Tensor table_;
  float scale_ = 1.0F;
  std::int64_t dim_ = 0;
  PositionKind kind_;
  mutable torch::Tensor positions_;  // closed forms grow on demand
  mutable std::mutex mutex_;
};

struct FastTransformer::Weights {
  TransformerShape shape;
  PackedEmbedding source;
  PackedEmbedding target;
  std::vector<PackedEncoderLayer> encoder;
  std::vector<PackedDecoderLayer> decoder;
  std::optional<NormWeights> encoder_norm;
  std::optional<NormWeights> decoder_norm;
  PackedMatrix output;

  Weights(const TransformerWeights& plain, WeightType type);
  bool is_pre_norm() const { return shape.norm == NormPlacement::pre; }
  HeadShape heads_of(const StackShape& stack) const {
    return {stack.heads, shape.dim / stack.heads};
  }
};

/// x += f(norm(x)), or x = norm(x + f(x)), around a sublayer f.
class ResidualRows {
 public:
  ResidualRows(const FastTransformer::Weights& weights, std::int64_t rows, float* x);
  /// What f reads: `x` itself, or its norm.
  const float* input(const NormWeights& norm);
  /// Adds out(y) [rows, dim] for y [rows, out.in()].
  void add(const PackedMatrix& out, const float* y, const NormWeights& norm);
  std::int64_t rows() const { return rows_; }
  /// Rows [first, first + count) of x, to be done with before another slice is begun.
  ResidualRows slice(std::int64_t first, std::int64_t count) const;

 private:
  const FastTransformer::Weights* weights_;
  std::int64_t rows_;
  float* x_;
  torch::Tensor normed_;
};

void add_feed_forward(const PackedFeedForward& network, const StackShape& shape, ResidualRows& x);

/// Encoded sentences without padding.
struct PackedSource {
  std::vector<std::int64_t> first;    ///< [sentences] row of each one's first token
  std::vector<std::int64_t> length;   ///< [sentences]
  std::vector<torch::Tensor> memory;  ///< of each decoder layer [tokens, 2 dim]: keys, values
};

PackedSource encode(const FastTransformer::Weights& weights, const Sequences& source);

}  // namespace regard
