#pragma once

#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/modules/normalization.h>

#include "regard/attention/attention.h"
#include "regard/layers/feed_forward.h"
#include "regard/layers/layer_options.h"

namespace regard {

/// What one sublayer keeps between decoding steps; a kind fills what it needs and leaves the rest
/// empty.
struct SublayerState {
  KeyValueCache cache;     ///< self-attention: one row per hypothesis
  AttentionMemory memory;  ///< cross-attention: one row per sentence, shared by its hypotheses
};

/// Attention weights on their way out, in the order of the sublayers: [rows, H*, queries, keys].
struct AttentionRecord {
  std::string name;  ///< "encoder.0.self_attention"
  torch::Tensor weights;
};

/// What a pass over a stack of blocks looks at beside x.
struct BlockInput {
  const ForwardContext& forward;
  const SequenceMask& mask;  ///< of x
  const torch::Tensor* source =
      nullptr;  ///< [batch, keys, dim] encoder output, for cross-attention
  const SequenceMask* source_mask = nullptr;
  std::int64_t first_position = 0;  ///< of x in its sequence
  std::vector<SublayerState>* states =
      nullptr;  ///< when decoding step by step: one per sublayer of the stack
  std::vector<AttentionRecord>* records = nullptr;  ///< when attention is looked into
};

/// The function of a sublayer, without norm, dropout and residual. It owns one module with the
/// parameters.
class SublayerFunction {
 public:
  virtual ~SublayerFunction() = default;
  /// x [batch, positions, dim] -> the same shape. `state` is null outside step-by-step decoding.
  virtual torch::Tensor apply(const torch::Tensor& x, const BlockInput& input,
                              SublayerState* state) const = 0;
  /// Fills what decoding needs once per sentence.
  virtual void start(const torch::Tensor& /*source*/, const SequenceMask& /*mask*/,
                     SublayerState& /*state*/) const {}
  virtual std::shared_ptr<torch::nn::Module> module() const = 0;
  /// Name of module() among the parameters: "attention".
  virtual std::string module_name() const = 0;
};

struct SublayerSizes {
  std::int64_t dim = 0;
  std::int64_t source_dim = 0;  ///< width of the encoder output; 0 in an encoder
  NormPlacement norm = NormPlacement::pre;
  DropoutOptions dropout;
};

/// pre:  x + dropout(f(norm(x)))      post: norm(x + dropout(f(x)))      none: x + dropout(f(x))
class SublayerImpl : public torch::nn::Module {
 public:
  SublayerImpl(const SublayerOptions& options, const SublayerSizes& sizes, std::string name);
  torch::Tensor forward(const torch::Tensor& x, const BlockInput& input, SublayerState* state);
  void start(const torch::Tensor& source, const SequenceMask& mask, SublayerState& state) const {
    function_->start(source, mask, state);
  }

 private:
  NormPlacement norm_placement_;
  double dropout_;
  std::unique_ptr<SublayerFunction> function_;
  torch::nn::LayerNorm norm_{nullptr};
};
TORCH_MODULE(Sublayer);

/// A stack of blocks, and the final norm that pre-norm blocks need.
class BlockStackImpl : public torch::nn::Module {
 public:
  /// `name` ("encoder" or "decoder") begins the names of attention records.
  BlockStackImpl(const BlocksOptions& options, const SublayerSizes& sizes, const std::string& name);
  torch::Tensor forward(torch::Tensor x, const BlockInput& input);

  /// Fresh states for step-by-step decoding: keys and values of the source are projected here,
  /// once.
  std::vector<SublayerState> start(const torch::Tensor& source, const SequenceMask& mask) const;

 private:
  std::vector<Sublayer> sublayers_;  // of all blocks, in order
  torch::nn::LayerNorm final_norm_{nullptr};
};
TORCH_MODULE(BlockStack);

}  // namespace regard
