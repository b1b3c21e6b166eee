#include <algorithm>

#include "regard/engine/attend_row.h"
#include "regard/engine/parallel.h"

#include "engine/packed/packed_attention.h"
#include "engine/packed/packed_kinds.h"

namespace regard::packed_forms {
namespace {

/// Keys and values of a sentence are computed at the start and serve all of its hypotheses.
class CrossAttentionSteps final : public SublayerSteps {
 public:
  CrossAttentionSteps(const PackedAttention& weights, const PackedSource& source)
      : weights_(weights) {
    memory_ = FloatBuffer(source.tokens * weights.key_value.out());
    weights.key_value.multiply(source.states.data(), source.tokens, memory_.data());
  }

  void step(const StepInput& input, ResidualRows& x) override {
    FloatBuffer query(x.rows() * x.dim());
    weights_.query.multiply(x.input(weights_.norm), x.rows(), query.data());
    if (input.recorder != nullptr) record(query.data(), input, x.dim());
    FloatBuffer context(x.rows() * x.dim());
    attend(query.data(), input, x.dim(), context.data());
    x.add(weights_.out, context.data(), weights_.norm);
  }

 private:
  /// query [rows, dim] -> context [rows, dim].
  void attend(const float* query, const StepInput& input, std::int64_t dim, float* context) const {
    const std::vector<std::int64_t>& open = input.hypotheses.open;
    const std::int64_t width = input.hypotheses.rows() / std::ssize(open);
    parallel_for(0, std::ssize(open), std::max<std::int64_t>(1, kRowsOfAThread / width),
                 [&](std::int64_t begin, std::int64_t end) {
                   std::vector<const float*> keys;
                   std::vector<float> space;
                   for (std::int64_t i = begin; i < end; ++i) {
                     const auto sentence =
                         static_cast<std::size_t>(open[static_cast<std::size_t>(i)]);
                     list_keys(input.source, sentence, dim, keys);
                     space.resize(static_cast<std::size_t>(attend_space(std::ssize(keys))));
                     for (std::int64_t row = i * width; row < (i + 1) * width; ++row) {
                       attend_row(query + row * dim, {keys.data(), std::ssize(keys), dim},
                                  weights_.heads, space.data(), context + row * dim);
                     }
                   }
                 });
  }

  void list_keys(const PackedSource& source, std::size_t sentence, std::int64_t dim,
                 std::vector<const float*>& keys) const {
    keys.clear();
    for (std::int64_t t = 0; t < source.length[sentence]; ++t)
      keys.push_back(memory_.data() + (source.first[sentence] + t) * 2 * dim);
  }

  /// Tells where each row looks.
  void record(const float* query, const StepInput& input, std::int64_t dim) const {
    const std::vector<std::int64_t>& open = input.hypotheses.open;
    const std::int64_t width = input.hypotheses.rows() / std::ssize(open);
    std::vector<const float*> keys;
    for (std::int64_t row = 0; row < input.hypotheses.rows(); ++row) {
      const auto sentence = static_cast<std::size_t>(open[static_cast<std::size_t>(row / width)]);
      list_keys(input.source, sentence, dim, keys);
      std::vector<float> weights(keys.size() * static_cast<std::size_t>(weights_.heads.heads));
      write_attention_weights(query + row * dim, {keys.data(), std::ssize(keys), dim},
                              weights_.heads, weights.data());
      input.recorder->record(row, weights_.heads.heads, weights);
    }
  }

  const PackedAttention& weights_;
  FloatBuffer memory_;  // [tokens, 2 dim]: keys, values
};

class CrossAttention final : public PackedSublayer {
 public:
  explicit CrossAttention(PackedAttention weights) : weights_(std::move(weights)) {}
  std::unique_ptr<SublayerSteps> start(const PackedSource& source) const override {
    return std::make_unique<CrossAttentionSteps>(weights_, source);
  }

 private:
  PackedAttention weights_;
};

}  // namespace

PackedKind cross_attention() {
  return {"cross_attention", add_attention_shapes,
          [](const SublayerPlan& plan, const WeightPacker& weights,
             std::int64_t dim) -> std::unique_ptr<const PackedSublayer> {
            return std::make_unique<CrossAttention>(pack_attention(plan, weights, dim));
          },
          /*looks_at_source=*/true};
}

}  // namespace regard::packed_forms
