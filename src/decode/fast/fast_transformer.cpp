#include "regard/decode/fast_transformer.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "regard/core/strings.h"
#include "regard/model/obstacles.h"
#include "regard/tensor/log_softmax.h"
#include "regard/tensor/torch.h"

#include "packed_kinds.h"
#include "packed_transformer.h"
#include "row_functions.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr std::int64_t kOutputRows = 48;  // whose logits are normalized while they are in the cache

/// Rows are hypotheses, grouped by sentence.
class FastScorer final : public StepScorer {
 public:
  FastScorer(const FastTransformer::Weights& weights, Profile* profile)
      : weights_(weights), profile_(profile) {}

  void start(const Sequences& source) override;
  Tensor next(const Tensor& ids) override;
  void reorder(const Tensor& rows) override;
  void keep(const Tensor& sentences, const Tensor& rows) override;

 private:
  std::int64_t dim() const { return weights_.dim; }
  std::int64_t rows() const { return hypotheses_.rows(); }
  Tensor embed(const Tensor& ids);
  Tensor log_probabilities(const Tensor& hidden);

  const FastTransformer::Weights& weights_;
  Profile* profile_;
  PackedSource source_;
  Hypotheses hypotheses_;
  std::vector<std::unique_ptr<SublayerSteps>> sublayers_;  // of weights_.decoder
  Tensor scores_;
};

void FastScorer::start(const Sequences& source) {
  source_ = encode(weights_, source);
  sublayers_.clear();
  for (const PackedDecoderSublayer& each : weights_.decoder)
    sublayers_.push_back(each.sublayer->start(source_));
  source_.states = Tensor();
  hypotheses_.open.resize(source_.first.size());
  std::iota(hypotheses_.open.begin(), hypotheses_.open.end(), 0);
  hypotheses_.past.assign(hypotheses_.open.size(), {});
}

Tensor FastScorer::embed(const Tensor& ids) {
  const std::int64_t step = hypotheses_.steps();
  const Tensor positions = weights_.target.positions(step + 1);
  const auto* id = ids.const_data_ptr<std::int64_t>();
  Tensor x = at::empty({rows(), dim()});
  auto* out = x.mutable_data_ptr<float>();
  for (std::int64_t row = 0; row < rows(); ++row) {
    weights_.target.write(id[row], step, positions, out + row * dim());
    hypotheses_.past[static_cast<std::size_t>(row)].push_back(static_cast<std::int32_t>(row));
  }
  return x;
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
  const StackNorm& norm = weights_.decoder_norm;
  ResidualRows residual(norm, rows(), dim(), x);
  const StepInput input{source_, hypotheses_};
  for (std::size_t i = 0; i < sublayers_.size(); ++i) {
    const ProfileSpan span(profile_, weights_.decoder[i].kind->name.c_str());
    sublayers_[i]->step(input, residual);
  }
  if (weights_.decoder_final_norm)
    normalise_rows(x, rows(), *weights_.decoder_final_norm, norm.epsilon, x);
  return log_probabilities(states);
}

void FastScorer::reorder(const Tensor& rows) {
  const std::span<const std::int64_t> chosen(rows.const_data_ptr<std::int64_t>(),
                                             static_cast<std::size_t>(rows.numel()));
  std::vector<std::vector<std::int32_t>> past;
  past.reserve(chosen.size());
  for (const std::int64_t row : chosen)
    past.push_back(hypotheses_.past.at(static_cast<std::size_t>(row)));
  hypotheses_.past = std::move(past);
  for (const auto& sublayer : sublayers_)
    sublayer->reorder(chosen);
}

void FastScorer::keep(const Tensor& sentences, const Tensor& rows) {
  const auto* chosen = sentences.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> open;
  for (std::int64_t i = 0; i < sentences.numel(); ++i)
    open.push_back(hypotheses_.open.at(static_cast<std::size_t>(chosen[i])));
  hypotheses_.open = std::move(open);
  reorder(rows);
}

/// What a decoder can be made of, for the fix of its obstacles.
std::string names_of_packed_kinds() {
  std::vector<std::string> names;
  for (const PackedKind& kind : packed_kinds())
    names.push_back(kind.name);
  return join(names, ", ");
}

}  // namespace

std::vector<Problem> FastTransformer::obstacles(const Seq2SeqImpl& model) {
  const Tensor& weight = model.output_weight();
  if (!weight.is_cpu()) return {{{}, "the model is not on the CPU", "use --device cpu"}};
  if (weight.scalar_type() != at::kFloat)
    return {{{}, "the weights are not float32", "convert them to float32"}};
  Obstacles obstacles({}, "cannot be packed",
                      str("use an encoder as in the presets, and in the decoder only ",
                          names_of_packed_kinds(), " as there"));
  require_plain_encoder(model.options(), obstacles);
  require_packed_decoder(model.options(), obstacles);
  return obstacles.problems();
}

FastTransformer::FastTransformer(const Seq2SeqImpl& model, WeightType type) {
  TORCH_CHECK(supports(model), "a model with obstacles is not packed");
  torch::NoGradGuard no_grad;
  weights_ = std::make_unique<const Weights>(model, type);
}

FastTransformer::~FastTransformer() = default;

std::unique_ptr<StepScorer> FastTransformer::scorer(Profile* profile) const {
  return std::make_unique<FastScorer>(*weights_, profile);
}

}  // namespace regard
