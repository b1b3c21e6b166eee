#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "regard/engine/buffer.h"
#include "regard/engine/step_scorer.h"

#include "packed_weights.h"

namespace regard {

/// The decoder at work on one batch. Rows are hypotheses, grouped by sentence.
class PackedDecoder {
 public:
  PackedDecoder(const PackedTransformer::Weights& weights, Profile* profile)
      : weights_(weights), profile_(profile) {}

  void start(const TokenBatch& source);
  /// Reads the last token of each row -> hidden states [rows, dim].
  FloatBuffer step(Indices ids);
  void reorder(Indices rows);
  void keep(Indices sentences, Indices rows);

  std::int64_t rows() const { return hypotheses_.rows(); }
  /// Whom the sublayer of a name tells where it looks; null for those that are not asked.
  std::function<AttentionRecorder*(const std::string& name)> recorder_of;

 private:
  FloatBuffer embed(Indices ids);

  const PackedTransformer::Weights& weights_;
  Profile* profile_;
  PackedSource source_;
  Hypotheses hypotheses_;
  std::vector<std::unique_ptr<SublayerSteps>> sublayers_;  // of weights_.decoder
};

}  // namespace regard
