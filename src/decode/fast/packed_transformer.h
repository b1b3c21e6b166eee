#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "regard/decode/fast_transformer.h"
#include "regard/model/transformer_weights.h"
#include "regard/tensor/attend_row.h"
#include "regard/tensor/packed_matrix.h"

#include "packed_feed_forward.h"
#include "packed_kinds.h"
#include "packed_sublayer.h"
#include "residual_rows.h"
#include "weight_packer.h"

namespace regard {

struct PackedEncoderLayer {
  PackedMatrix query_key_value;
  PackedMatrix out;
  NormWeights norm;
  HeadShape heads;
  PackedFeedForward feed_forward;
};

/// Token and position vectors of one side.
class PackedEmbedding {
 public:
  /// table [vocabulary, dim], which is shared; positions [max_positions, dim] where they are
  /// learned, else undefined.
  PackedEmbedding(const ModelOptions& options, const torch::Tensor& table,
                  const torch::Tensor& positions);
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

/// A sublayer of the decoder, and the kind it is of.
struct PackedDecoderSublayer {
  const PackedKind* kind;
  std::unique_ptr<const PackedSublayer> sublayer;
};

struct FastTransformer::Weights {
  std::int64_t dim;
  StackNorm encoder_norm;
  StackNorm decoder_norm;
  PackedEmbedding source;
  PackedEmbedding target;
  std::vector<PackedEncoderLayer> encoder;
  std::vector<PackedDecoderSublayer> decoder;  ///< of all blocks, in order
  std::optional<NormWeights> encoder_final_norm;
  std::optional<NormWeights> decoder_final_norm;
  PackedMatrix output;

  Weights(const Seq2SeqImpl& model, WeightType type);

 private:
  Weights(const Seq2SeqImpl& model, const WeightPacker& weights);
};

PackedSource encode(const FastTransformer::Weights& weights, const Sequences& source);

}  // namespace regard
