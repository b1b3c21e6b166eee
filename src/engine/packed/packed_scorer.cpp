#include <algorithm>

#include "regard/engine/log_softmax.h"
#include "regard/engine/packed_transformer.h"

#include "packed_decoder.h"

namespace regard {
namespace {

constexpr std::int64_t kOutputRows = 48;  // whose logits are normalized while they are in the cache

class PackedScorer final : public StepScorer {
 public:
  PackedScorer(const PackedTransformer::Weights& weights, Profile* profile)
      : weights_(weights), profile_(profile), decoder_(weights, profile) {}

  void start(const TokenBatch& source) override { decoder_.start(source); }
  ScoreRows next(Indices ids) override { return log_probabilities(decoder_.step(ids)); }
  void reorder(Indices rows) override { decoder_.reorder(rows); }
  void keep(Indices sentences, Indices rows) override { decoder_.keep(sentences, rows); }

 private:
  ScoreRows log_probabilities(const FloatBuffer& hidden);

  const PackedTransformer::Weights& weights_;
  Profile* profile_;
  PackedDecoder decoder_;
  FloatBuffer scores_;
};

/// Of hidden [rows, dim].
ScoreRows PackedScorer::log_probabilities(const FloatBuffer& hidden) {
  const ProfileSpan span(profile_, "output");
  const std::int64_t rows = decoder_.rows();
  const std::int64_t vocabulary = weights_.output.out();
  // The search is done with the last step's scores, so their memory is used again.
  if (scores_.size() < rows * vocabulary) scores_ = FloatBuffer(rows * vocabulary);
  for (std::int64_t first = 0; first < rows; first += kOutputRows) {
    const std::int64_t count = std::min(kOutputRows, rows - first);
    float* block = scores_.data() + first * vocabulary;
    weights_.output.multiply(hidden.data() + first * weights_.dim, count, block);
    log_softmax_rows(block, count, vocabulary);
  }
  return {scores_.data(), rows, vocabulary};
}

}  // namespace

PackedTransformer::PackedTransformer(const TransformerPlan& plan, const WeightMap& weights,
                                     WeightType type)
    : weights_(std::make_unique<const Weights>(plan, weights, type)) {}

PackedTransformer::~PackedTransformer() = default;

std::unique_ptr<StepScorer> PackedTransformer::scorer(Profile* profile) const {
  return std::make_unique<PackedScorer>(*weights_, profile);
}

}  // namespace regard
