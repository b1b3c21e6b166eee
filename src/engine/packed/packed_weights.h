#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "regard/engine/attend_row.h"
#include "regard/engine/packed_matrix.h"
#include "regard/engine/packed_transformer.h"

#include "packed_feed_forward.h"
#include "packed_kinds.h"
#include "packed_sublayer.h"
#include "residual_rows.h"
#include "weight_packer.h"

namespace regard {

struct PackedEncoderLayer {
  PackedMatrix query_key_value;
  PackedMatrix out;
  PackedNorm norm;
  HeadShape heads;
  PackedFeedForward feed_forward;
};

/// Vectors of positions [count, dim]; none where a model has no positions. Keeps its memory.
struct PositionTable {
  std::shared_ptr<const std::vector<float>> vectors;

  const float* at(std::int64_t position, std::int64_t dim) const {
    return vectors == nullptr ? nullptr : vectors->data() + position * dim;
  }
};

/// Token and position vectors of one side.
class PackedEmbedding {
 public:
  /// table [vocabulary, dim], which is shared; learned [max_positions, dim] where positions are
  /// learned, else without data.
  PackedEmbedding(const TransformerPlan& plan, const WeightView& table, const WeightView& learned);
  /// Writes [dim] the vector of `token` at `position`. Throws std::out_of_range for no token.
  void write(std::int64_t token, std::int64_t position, const PositionTable& positions,
             float* out) const;
  /// The vectors of at least that many positions. Throws UserError past the end of learned ones.
  PositionTable positions(std::int64_t count) const;

 private:
  WeightView table_;
  std::int64_t vocabulary_;
  std::int64_t dim_;
  float scale_;
  PositionKind kind_;
  mutable PositionTable positions_;  // closed forms grow on demand
  mutable std::mutex mutex_;
};

/// A sublayer of the decoder, and the kind it is of.
struct PackedDecoderSublayer {
  const PackedKind* kind;
  std::string name;  ///< "decoder.0.cross_attention"
  std::unique_ptr<const PackedSublayer> sublayer;
};

struct PackedTransformer::Weights {
  TransformerPlan plan;
  std::int64_t dim;
  StackNorm encoder_norm;
  StackNorm decoder_norm;
  PackedEmbedding source;
  PackedEmbedding target;
  std::vector<PackedEncoderLayer> encoder;
  std::vector<PackedDecoderSublayer> decoder;  ///< of all blocks, in order
  std::optional<PackedNorm> encoder_final_norm;
  std::optional<PackedNorm> decoder_final_norm;
  PackedMatrix output;

  Weights(const TransformerPlan& shape, const WeightMap& weights, WeightType type);

 private:
  Weights(const TransformerPlan& shape, const WeightPacker& packer);
};

PackedSource encode(const PackedTransformer::Weights& weights, const TokenBatch& source);

}  // namespace regard
