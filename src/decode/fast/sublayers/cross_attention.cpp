#include <algorithm>

#include "regard/tensor/attend_row.h"
#include "regard/tensor/parallel.h"
#include "regard/tensor/torch.h"

#include "decode/fast/packed_attention.h"
#include "decode/fast/packed_kinds.h"

namespace regard::packed_forms {
namespace {

using torch::Tensor;

/// Keys and values of a sentence are computed at the start and serve all of its hypotheses.
class CrossAttentionSteps final : public SublayerSteps {
 public:
  CrossAttentionSteps(const PackedAttention& weights, const PackedSource& source)
      : weights_(weights) {
    const std::int64_t tokens = source.states.size(0);
    memory_ = at::empty({tokens, weights.key_value.out()});
    weights.key_value.multiply(source.states.const_data_ptr<float>(), tokens,
                               memory_.mutable_data_ptr<float>());
  }

  void step(const StepInput& input, ResidualRows& x) override {
    Tensor query = at::empty({x.rows(), x.dim()});
    weights_.query.multiply(x.input(weights_.norm), x.rows(), query.mutable_data_ptr<float>());
    Tensor context = at::empty({x.rows(), x.dim()});
    auto* to = context.mutable_data_ptr<float>();
    attend(query.const_data_ptr<float>(), input, x.dim(), to);
    x.add(weights_.out, to, weights_.norm);
  }

 private:
  /// query [rows, dim] -> context [rows, dim].
  void attend(const float* query, const StepInput& input, std::int64_t dim, float* context) const {
    const auto* keys_and_values = memory_.const_data_ptr<float>();
    const std::vector<std::int64_t>& open = input.hypotheses.open;
    const std::int64_t width = input.hypotheses.rows() / std::ssize(open);
    parallel_for(0, std::ssize(open), std::max<std::int64_t>(1, kRowsOfAThread / width),
                 [&](std::int64_t begin, std::int64_t end) {
                   std::vector<const float*> keys;
                   std::vector<float> space;
                   for (std::int64_t i = begin; i < end; ++i) {
                     const auto sentence =
                         static_cast<std::size_t>(open[static_cast<std::size_t>(i)]);
                     const std::int64_t first = input.source.first[sentence];
                     keys.clear();
                     for (std::int64_t t = 0; t < input.source.length[sentence]; ++t)
                       keys.push_back(keys_and_values + (first + t) * 2 * dim);
                     space.resize(static_cast<std::size_t>(attend_space(std::ssize(keys))));
                     for (std::int64_t row = i * width; row < (i + 1) * width; ++row) {
                       attend_row(query + row * dim, {keys.data(), std::ssize(keys), dim},
                                  weights_.heads, space.data(), context + row * dim);
                     }
                   }
                 });
  }

  const PackedAttention& weights_;
  Tensor memory_;  // [tokens, 2 dim]: keys, values
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
  return {
      "cross_attention",
      [](const SublayerOptions& o, const std::string& key, Obstacles& obstacles) {
        require_plain_attention(*o.cross_attention, AttentionMask::none, key, obstacles);
      },
      [](const SublayerOptions& o, const WeightPacker& weights,
         std::int64_t dim) -> std::unique_ptr<const PackedSublayer> {
        return std::make_unique<CrossAttention>(pack_attention(*o.cross_attention, weights, dim));
      }};
}

}  // namespace regard::packed_forms
