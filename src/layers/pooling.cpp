#include "regard/layers/pooling.h"

#include <cmath>
#include <limits>

#include "regard/attention/facts.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

/// [batch, positions, 1], true = real token; undefined when nothing is padded.
Tensor real_positions(const SequenceMask& mask) {
  return mask.allowed.defined() ? mask.allowed.squeeze(1).transpose(1, 2) : Tensor();
}

Tensor mean_of(const Tensor& states, const SequenceMask& mask) {
  const Tensor is_real = real_positions(mask);
  if (!is_real.defined()) return states.mean(1);
  const Tensor sum = states.masked_fill(is_real.logical_not(), 0.0).sum(1);
  return sum / mask.lengths.clamp_min(1).unsqueeze(1).to(sum.scalar_type());
}

Tensor max_of(const Tensor& states, const SequenceMask& mask) {
  const Tensor is_real = real_positions(mask);
  if (!is_real.defined()) return states.amax(1);
  return states.masked_fill(is_real.logical_not(), -std::numeric_limits<double>::infinity())
      .amax(1);
}

Tensor last_of(const Tensor& states, const SequenceMask& mask) {
  const Tensor place =
      (mask.lengths - 1).view({-1, 1, 1}).expand({states.size(0), 1, states.size(2)});
  return states.gather(1, place).squeeze(1);
}

/// Scores whose query only adds to what a key says.
bool has_constant_query(const AttentionOptions& attention) {
  return attention::facts_of_score(attention.score).name == "additive";
}

/// The attention's options over states of this width: what is 0 would be the width of the query.
AttentionOptions of_states(AttentionOptions options, std::int64_t width) {
  if (has_constant_query(options) && options.hidden == 0) options.hidden = width;
  return options;
}

}  // namespace

PoolingImpl::PoolingImpl(const PoolOptions& options, std::int64_t width, double dropout,
                         std::string name)
    : options_(resolved(options)), name_(std::move(name)) {
  if (!options_.attention) return;
  const bool is_constant = has_constant_query(*options_.attention);
  attention_ = register_module("attention",
                               Attention(of_states(*options_.attention, width),
                                         AttentionSizes{is_constant ? 1 : width, width, dropout}));
  if (!is_constant) query_ = register_parameter("query", torch::zeros({width}));
}

void PoolingImpl::initialise(at::Generator& generator) {
  torch::NoGradGuard no_grad;
  if (!query_.defined()) return;
  const double bound = 1.0 / std::sqrt(static_cast<double>(query_.size(0)));
  query_.uniform_(-bound, bound, generator);
}

Tensor PoolingImpl::forward(const Tensor& states, const SequenceMask& mask,
                            const ForwardContext& context,
                            std::vector<AttentionRecord>* records) const {
  std::vector<Tensor> parts;
  for (const PoolKind kind : options_.kinds) {
    if (kind == PoolKind::mean) parts.push_back(mean_of(states, mask));
    if (kind == PoolKind::max) parts.push_back(max_of(states, mask));
    if (kind == PoolKind::first) parts.push_back(states.select(1, 0));
    if (kind == PoolKind::last) parts.push_back(last_of(states, mask));
  }
  if (attention_) parts.push_back(attend(states, mask, context, records));
  return parts.size() == 1 ? parts.front() : at::cat(parts, -1);
}

Tensor PoolingImpl::attend(const Tensor& states, const SequenceMask& mask,
                           const ForwardContext& context,
                           std::vector<AttentionRecord>* records) const {
  const std::int64_t rows = states.size(0);
  const Tensor query =
      query_.defined() ? query_.expand({rows, 1, -1}) : at::ones({rows, 1, 1}, states.options());
  AttentionCall call{context};
  call.needs_weights =
      records != nullptr && (context.only_recorded == nullptr || *context.only_recorded == name_);
  const AttentionResult result =
      attention_->attend(query.to(states.scalar_type()), attention_->project(states, mask), call);
  if (call.needs_weights) {
    const bool is_by_feature = options_.attention->granularity == Granularity::feature;
    records->push_back({name_, result.weights, result.extras, is_by_feature});
  }
  return result.context.squeeze(1);
}

}  // namespace regard
