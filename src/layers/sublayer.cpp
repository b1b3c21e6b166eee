#include "regard/layers/sublayer.h"

#include <map>

#include <torch/torch.h>

#include "regard/core/strings.h"
#include "regard/tensor/dropout.h"

namespace regard {

using torch::Tensor;

namespace {

void record(const BlockInput& input, const std::string& name, const AttentionResult& result) {
  if (input.records != nullptr) input.records->push_back({name, result.weights});
}

class SelfAttention final : public SublayerFunction {
 public:
  SelfAttention(const AttentionOptions& options, const SublayerSizes& sizes, std::string name)
      : name_(std::move(name)),
        attention_(options, AttentionSizes{sizes.dim, sizes.dim, sizes.dropout.attention}) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    const AttentionCall call{input.forward, input.records != nullptr, 0};
    const AttentionResult result =
        attention_->attend_self(x, input.mask, call, state == nullptr ? nullptr : &state->cache);
    record(input, name_, result);
    return result.context;
  }

  std::shared_ptr<torch::nn::Module> module() const override { return attention_.ptr(); }
  std::string module_name() const override { return "attention"; }

 private:
  std::string name_;
  Attention attention_;
};

class CrossAttention final : public SublayerFunction {
 public:
  CrossAttention(const AttentionOptions& options, const SublayerSizes& sizes, std::string name)
      : name_(std::move(name)),
        attention_(options, AttentionSizes{sizes.dim, sizes.source_dim, sizes.dropout.attention}) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    const AttentionCall call{input.forward, input.records != nullptr, input.first_position};
    const AttentionResult result =
        state == nullptr
            ? attention_->attend(x, attention_->project(*input.source, *input.source_mask), call)
            : attention_->attend(x, state->memory, call);
    record(input, name_, result);
    return result.context;
  }
  void start(const Tensor& source, const SequenceMask& mask, SublayerState& state) const override {
    state.memory = attention_->project(source, mask);
  }

  std::shared_ptr<torch::nn::Module> module() const override { return attention_.ptr(); }
  std::string module_name() const override { return "attention"; }

 private:
  std::string name_;
  Attention attention_;
};

class PositionWise final : public SublayerFunction {
 public:
  PositionWise(const FeedForwardOptions& options, const SublayerSizes& sizes)
      : feed_forward_(options, sizes.dim, sizes.dropout.feed_forward) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* /*state*/) const override {
    return feed_forward_->forward(x, input.forward);
  }

  std::shared_ptr<torch::nn::Module> module() const override { return feed_forward_.ptr(); }
  std::string module_name() const override { return "network"; }

 private:
  FeedForward feed_forward_;
};

std::unique_ptr<SublayerFunction> make_function(const SublayerOptions& options,
                                                const SublayerSizes& sizes,
                                                const std::string& name) {
  if (options.self_attention) {
    return std::make_unique<SelfAttention>(*options.self_attention, sizes, name);
  }
  if (options.cross_attention) {
    return std::make_unique<CrossAttention>(*options.cross_attention, sizes, name);
  }
  TORCH_CHECK(options.ffn.has_value(), "a sublayer without a kind");
  return std::make_unique<PositionWise>(*options.ffn, sizes);
}

torch::nn::LayerNorm layer_norm(std::int64_t dim) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}));
}

}  // namespace

SublayerImpl::SublayerImpl(const SublayerOptions& options, const SublayerSizes& sizes,
                           std::string name)
    : norm_placement_(resolve(options.norm, sizes.norm)),
      dropout_(sizes.dropout.residual),
      function_(make_function(options, sizes, name)) {
  register_module(function_->module_name(), function_->module());
  if (norm_placement_ != NormPlacement::none) {
    norm_ = register_module("norm", layer_norm(sizes.dim));
  }
}

Tensor SublayerImpl::forward(const Tensor& x, const BlockInput& input, SublayerState* state) {
  const bool is_pre = norm_placement_ == NormPlacement::pre;
  const Tensor output = function_->apply(is_pre ? norm_->forward(x) : x, input, state);
  const Tensor sum = add_dropout(x, output, dropout_, input.forward);
  return norm_placement_ == NormPlacement::post ? norm_->forward(sum) : sum;
}

namespace {

std::string kind_of(const SublayerOptions& options) {
  if (options.self_attention) return "self_attention";
  return options.cross_attention ? "cross_attention" : "ffn";
}

/// "self_attention", and from the second of a kind on "self_attention_2": parameter names of a
/// block.
std::vector<std::string> sublayer_names(const std::vector<SublayerOptions>& sublayers) {
  std::vector<std::string> names;
  std::map<std::string, int> seen;
  for (const SublayerOptions& options : sublayers) {
    const std::string kind = kind_of(options);
    const int count = ++seen[kind];
    names.push_back(count == 1 ? kind : str(kind, "_", count));
  }
  return names;
}

}  // namespace

BlockStackImpl::BlockStackImpl(const BlocksOptions& options, const SublayerSizes& sizes,
                               const std::string& name) {
  SublayerSizes inherited = sizes;
  inherited.norm = options.norm;
  const std::vector<std::string> names = sublayer_names(options.sublayers);
  for (std::int64_t i = 0; i < options.repeat; ++i) {
    // A plain module only groups the names:
    // encoder.blocks.0.self_attention.attention.in_projection.weight.
    auto block = register_module(str(i), std::make_shared<torch::nn::Module>());
    for (std::size_t k = 0; k < names.size(); ++k) {
      const std::string path = str(name, ".", i, ".", names[k]);
      sublayers_.push_back(
          block->register_module(names[k], Sublayer(options.sublayers[k], inherited, path)));
    }
  }
  const NormPlacement last = resolve(options.sublayers.back().norm, options.norm);
  if (last == NormPlacement::pre)
    final_norm_ = register_module("final_norm", layer_norm(sizes.dim));
}

Tensor BlockStackImpl::forward(Tensor x, const BlockInput& input) {
  TORCH_CHECK(input.states == nullptr || input.states->size() == sublayers_.size(),
              "one state per sublayer is needed");
  for (std::size_t i = 0; i < sublayers_.size(); ++i) {
    x = sublayers_[i]->forward(x, input, input.states == nullptr ? nullptr : &(*input.states)[i]);
  }
  return final_norm_ ? final_norm_->forward(x) : x;
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
