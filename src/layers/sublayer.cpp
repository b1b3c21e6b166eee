#include "regard/layers/sublayer.h"

#include <algorithm>

#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"
#include "regard/tensor/dropout.h"
#include "regard/tensor/torch.h"

#include "layers/recomputed.h"
#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

void SublayerState::reorder(const Tensor& index) {
  cache.reorder(index);
  for (Tensor& tensor : rows)
    tensor = tensor.index_select(0, index);
}

namespace {

torch::nn::LayerNorm layer_norm(std::int64_t dim, double epsilon) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}).eps(epsilon));
}

}  // namespace

SublayerImpl::SublayerImpl(const SublayerOptions& options, const SublayerSizes& sizes,
                           std::string name)
    : kind_(kind_of(options).name),
      norm_placement_(resolve(options.norm, sizes.norm)),
      combine_(options.combine),
      pre_dense_activation_(options.pre_dense),
      dropout_(sizes.dropout.residual),
      function_(make_function(options, sizes, name)) {
  const std::int64_t in = sizes.widths.in;
  const std::int64_t out = output_width(options, sizes.widths);
  register_module(function_->module_name(), function_->module());
  if (norm_placement_ != NormPlacement::none) {
    const std::int64_t width = norm_placement_ == NormPlacement::pre ? in : out;
    norm_ = register_module("norm", layer_norm(width, sizes.norm_epsilon));
  }
  if (pre_dense_activation_ != PreDense::none)
    pre_dense_ = register_module("pre_dense", Linear(LinearOptions{in, in}));
  if (combine_ == Combine::fusion)
    fusion_ = register_module("fusion", Linear(LinearOptions{2 * in, in}));
}

Tensor SublayerImpl::combine(const Tensor& x, const Tensor& seen, const Tensor& output,
                             const ForwardContext& context) const {
  if (combine_ == Combine::residual) return add_dropout(x, output, dropout_, context);
  const Tensor dropped = dropout(output, dropout_, context);
  if (combine_ == Combine::replace) return dropped;
  const Tensor gate = at::sigmoid(fusion_->forward(at::cat({dropped, seen}, -1)));
  return dropped + gate * (seen - dropped);
}

Tensor SublayerImpl::forward(const Tensor& x, const BlockInput& input, SublayerState* state) {
  const ProfileSpan span(input.forward.profile, kind_.c_str());
  Tensor seen = norm_placement_ == NormPlacement::pre ? norm_->forward(x) : x;
  if (pre_dense_) {
    const Tensor mapped = pre_dense_->forward(seen);
    seen = pre_dense_activation_ == PreDense::relu ? at::relu(mapped) : at::elu(mapped);
  }
  const Tensor y = combine(x, seen, function_->apply(seen, input, state), input.forward);
  return norm_placement_ == NormPlacement::post ? norm_->forward(y) : y;
}

BlockStackImpl::BlockStackImpl(const BlocksOptions& options, const SublayerSizes& sizes,
                               const std::string& name)
    : block_size_(options.sublayers.size()),
      is_recurrent_(std::any_of(options.sublayers.begin(), options.sublayers.end(),
                                [](const SublayerOptions& s) { return kind_of(s).is_recurrent; })),
      width_(sizes.widths.in) {
  SublayerSizes current = sizes;
  current.norm = options.norm;
  const std::vector<std::string> names = sublayer_names(options.sublayers);
  for (std::int64_t i = 0; i < options.repeat; ++i) {
    // A plain module only groups the names:
    // encoder.blocks.0.self_attention.attention.in_projection.weight.
    auto block = register_module(str(i), std::make_shared<torch::nn::Module>());
    for (std::size_t k = 0; k < names.size(); ++k) {
      const std::string path = str(name, ".", i, ".", names[k]);
      sublayers_.push_back(
          block->register_module(names[k], Sublayer(options.sublayers[k], current, path)));
      current.widths.in = output_width(options.sublayers[k], current.widths);
    }
  }
  width_ = current.widths.in;
  const NormPlacement last = resolve(options.sublayers.back().norm, options.norm);
  if (last == NormPlacement::pre)
    final_norm_ = register_module("final_norm", layer_norm(width_, sizes.norm_epsilon));
}

Tensor BlockStackImpl::forward(Tensor x, const BlockInput& input) {
  TORCH_CHECK(input.states == nullptr || input.states->size() == sublayers_.size(),
              "one state per sublayer is needed");
  for (std::size_t first = 0; first < sublayers_.size(); first += block_size_) {
    const bool recomputes = input.forward.recomputes && input.forward.is_training() &&
                            !is_recurrent_ && input.records == nullptr;
    x = recomputes ? recompute_block(first, x, input) : forward_block(first, x, input);
  }
  return final_norm_ ? final_norm_->forward(x) : x;
}

Tensor BlockStackImpl::recompute_block(std::size_t first, const Tensor& x,
                                       const BlockInput& input) {
  const SequenceMask source_mask =
      input.source_mask == nullptr ? SequenceMask{} : *input.source_mask;
  const auto pass = [this, first, mask = input.mask, source_mask](const BlockTensors& tensors,
                                                                  const ForwardContext& context) {
    const bool has_source = tensors.source.defined();
    return forward_block(first, tensors.x,
                         BlockInput{context, mask, has_source ? &tensors.source : nullptr,
                                    has_source ? &source_mask : nullptr});
  };
  return recomputed({x, input.source == nullptr ? Tensor() : *input.source}, input.forward, pass);
}

/// The block whose sublayers begin at `first`.
Tensor BlockStackImpl::forward_block(std::size_t first, const Tensor& x, const BlockInput& input) {
  Tensor y = x;
  for (std::size_t i = first; i < first + block_size_; ++i)
    y = sublayers_[i]->forward(y, input, input.states == nullptr ? nullptr : &(*input.states)[i]);
  return y;
}

std::vector<SublayerState> BlockStackImpl::start(const Tensor& source,
                                                 const SequenceMask& mask) const {
  std::vector<SublayerState> states(sublayers_.size());
  for (std::size_t i = 0; i < sublayers_.size(); ++i) {
    sublayers_[i]->start(source, mask, states[i]);
  }
  return states;
}

}  // namespace regard
