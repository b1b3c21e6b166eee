#include "regard/decode/fast_transformer.h"

#include <algorithm>
#include <numeric>

#include "regard/model/obstacles.h"
#include "regard/tensor/log_softmax.h"
#include "regard/tensor/parallel.h"
#include "regard/tensor/torch.h"

#include "packed_transformer.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr std::int64_t kOutputRows = 48;  // whose logits are normalized while they are in the cache
constexpr std::int64_t kRowsOfAThread = 64;

/// Rows are hypotheses, grouped by sentence. A step computes keys and values of each row once;
/// which of them belong to a hypothesis stands in its `past`.
class FastScorer final : public StepScorer {
 public:
  FastScorer(const FastTransformer::Weights& weights, Profile* profile)
      : weights_(weights), profile_(profile), shape_(weights.heads_of(weights.shape.decoder)) {}

  void start(const Sequences& source) override;
  Tensor next(const Tensor& ids) override;
  void reorder(const Tensor& rows) override;
  void keep(const Tensor& sentences, const Tensor& rows) override;

 private:
  using Steps = std::vector<Tensor>;  // of each step so far [rows of that step, 2 dim]

  std::int64_t dim() const { return weights_.shape.dim; }
  std::int64_t rows() const { return static_cast<std::int64_t>(past_.size()); }
  Tensor embed(const Tensor& ids);
  void add_self_attention(const PackedAttention& layer, Steps& cache, ResidualRows& x);
  void add_cross_attention(const PackedAttention& layer, const Tensor& memory, ResidualRows& x);
  Tensor log_probabilities(const Tensor& hidden);

  const FastTransformer::Weights& weights_;
  Profile* profile_;
  HeadShape shape_;
  PackedSource source_;
  std::vector<Steps> caches_;                    // [layers]
  std::vector<std::int64_t> open_;               // [sentences] of the source
  std::vector<std::vector<std::int32_t>> past_;  // [rows][steps] its row in each step
  Tensor scores_;
};

void FastScorer::start(const Sequences& source) {
  source_ = encode(weights_, source);
  caches_.assign(weights_.decoder.size(), {});
  open_.resize(source_.first.size());
  std::iota(open_.begin(), open_.end(), 0);
  past_.assign(open_.size(), {});
}

Tensor FastScorer::embed(const Tensor& ids) {
  const auto step = static_cast<std::int64_t>(past_.front().size());
  const Tensor positions = weights_.target.positions(step + 1);
  const auto* id = ids.const_data_ptr<std::int64_t>();
  Tensor x = at::empty({rows(), dim()});
  auto* out = x.mutable_data_ptr<float>();
  for (std::int64_t row = 0; row < rows(); ++row) {
    weights_.target.write(id[row], step, positions, out + row * dim());
    past_[static_cast<std::size_t>(row)].push_back(static_cast<std::int32_t>(row));
  }
  return x;
}

void FastScorer::add_self_attention(const PackedAttention& layer, Steps& cache, ResidualRows& x) {
  const ProfileSpan span(profile_, "self_attention");
  const float* input = x.input(layer.norm);
  Tensor query = at::empty({rows(), dim()});
  layer.query.multiply(input, rows(), query.mutable_data_ptr<float>());
  cache.push_back(at::empty({rows(), 2 * dim()}));
  layer.key_value.multiply(input, rows(), cache.back().mutable_data_ptr<float>());
  std::vector<const float*> steps;
  for (const Tensor& step : cache)
    steps.push_back(step.const_data_ptr<float>());
  Tensor context = at::empty({rows(), dim()});
  const auto* from = query.const_data_ptr<float>();
  auto* to = context.mutable_data_ptr<float>();
  parallel_for(0, rows(), kRowsOfAThread, [&](std::int64_t begin, std::int64_t end) {
    std::vector<const float*> keys(steps.size());
    std::vector<float> space(static_cast<std::size_t>(attend_space(std::ssize(keys))));
    for (std::int64_t row = begin; row < end; ++row) {
      const auto& past = past_[static_cast<std::size_t>(row)];
      for (std::size_t t = 0; t < steps.size(); ++t)
        keys[t] = steps[t] + past[t] * 2 * dim();
      attend_row(from + row * dim(), {keys.data(), std::ssize(keys), dim()}, shape_, space.data(),
                 to + row * dim());
    }
  });
  x.add(layer.out, to, layer.norm);
}

void FastScorer::add_cross_attention(const PackedAttention& layer, const Tensor& memory,
                                     ResidualRows& x) {
  const ProfileSpan span(profile_, "cross_attention");
  Tensor query = at::empty({rows(), dim()});
  layer.query.multiply(x.input(layer.norm), rows(), query.mutable_data_ptr<float>());
  Tensor context = at::empty({rows(), dim()});
  const auto* from = query.const_data_ptr<float>();
  const auto* keys_and_values = memory.const_data_ptr<float>();
  auto* to = context.mutable_data_ptr<float>();
  const std::int64_t width = rows() / std::ssize(open_);
  parallel_for(0, std::ssize(open_), std::max<std::int64_t>(1, kRowsOfAThread / width),
               [&](std::int64_t begin, std::int64_t end) {
                 std::vector<const float*> keys;
                 std::vector<float> space;
                 for (std::int64_t i = begin; i < end; ++i) {
                   const auto sentence =
                       static_cast<std::size_t>(open_[static_cast<std::size_t>(i)]);
                   const std::int64_t first = source_.first[sentence];
                   keys.clear();
                   for (std::int64_t t = 0; t < source_.length[sentence]; ++t)
                     keys.push_back(keys_and_values + (first + t) * 2 * dim());
                   space.resize(static_cast<std::size_t>(attend_space(std::ssize(keys))));
                   for (std::int64_t row = i * width; row < (i + 1) * width; ++row) {
                     attend_row(from + row * dim(), {keys.data(), std::ssize(keys), dim()}, shape_,
                                space.data(), to + row * dim());
                   }
                 }
               });
  x.add(layer.out, to, layer.norm);
}

/// hidden [rows, dim] -> [rows, vocabulary].
Tensor FastScorer::log_probabilities(const Tensor& hidden) {
  const ProfileSpan span(profile_, "output");
  // The search is done with the last step's scores, so their memory is used again.
  if (!scores_.defined() || scores_.size(0) < rows())
    scores_ = at::empty({rows(), weights_.output.out()});
  const Tensor scores = scores_.narrow(0, 0, rows());
  const auto* x = hidden.const_data_ptr<float>();
  for (std::int64_t first = 0; first < rows(); first += kOutputRows) {
    const std::int64_t count = std::min(kOutputRows, rows() - first);
    Tensor block = scores.narrow(0, first, count);
    weights_.output.multiply(x + first * dim(), count, block.mutable_data_ptr<float>());
    log_softmax_of(block);
  }
  return scores;
}

Tensor FastScorer::next(const Tensor& ids) {
  TORCH_CHECK(ids.numel() == rows(), "scorer: ", ids.numel(), " tokens for ", rows(), " rows");
  Tensor states = embed(ids.contiguous());
  auto* x = states.mutable_data_ptr<float>();
  ResidualRows residual(weights_, rows(), x);
  for (std::size_t i = 0; i < weights_.decoder.size(); ++i) {
    const PackedDecoderLayer& layer = weights_.decoder[i];
    add_self_attention(layer.self, caches_[i], residual);
    add_cross_attention(layer.cross, source_.memory[i], residual);
    const ProfileSpan span(profile_, "ffn");
    add_feed_forward(layer.feed_forward, weights_.shape.decoder, residual);
  }
  if (weights_.decoder_norm)
    normalise_rows(x, rows(), *weights_.decoder_norm, weights_.shape.norm_epsilon, x);
  return log_probabilities(states);
}

void FastScorer::reorder(const Tensor& rows) {
  const auto* chosen = rows.const_data_ptr<std::int64_t>();
  std::vector<std::vector<std::int32_t>> past;
  past.reserve(static_cast<std::size_t>(rows.numel()));
  for (std::int64_t i = 0; i < rows.numel(); ++i)
    past.push_back(past_.at(static_cast<std::size_t>(chosen[i])));
  past_ = std::move(past);
}

void FastScorer::keep(const Tensor& sentences, const Tensor& rows) {
  const auto* chosen = sentences.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> open;
  for (std::int64_t i = 0; i < sentences.numel(); ++i)
    open.push_back(open_.at(static_cast<std::size_t>(chosen[i])));
  open_ = std::move(open);
  reorder(rows);
}

}  // namespace

std::vector<Problem> FastTransformer::obstacles(const Seq2SeqImpl& model) {
  const Tensor& weight = model.output_weight();
  if (!weight.is_cpu()) return {{{}, "the model is not on the CPU", "use --device cpu"}};
  if (weight.scalar_type() != at::kFloat)
    return {{{}, "the weights are not float32", "convert them to float32"}};
  Obstacles obstacles({}, "cannot be packed", "use a plain Transformer, such as the presets");
  require_plain_transformer(model.options(), obstacles);
  return obstacles.problems();
}

FastTransformer::FastTransformer(const Seq2SeqImpl& model, WeightType type) {
  TORCH_CHECK(supports(model), "a model with obstacles is not packed");
  torch::NoGradGuard no_grad;
  weights_ = std::make_unique<const Weights>(weights_of(model), type);
}

FastTransformer::~FastTransformer() = default;

std::unique_ptr<StepScorer> FastTransformer::scorer(Profile* profile) const {
  return std::make_unique<FastScorer>(*weights_, profile);
}

}  // namespace regard
