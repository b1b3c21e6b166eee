#pragma once

#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/modules/normalization.h>

#include "regard/attention/attention.h"
#include "regard/layers/layer_options.h"
#include "regard/layers/recurrent.h"
#include "regard/tensor/linear.h"

namespace regard {

/// What one sublayer keeps between decoding steps; a kind fills what it needs and leaves the rest
/// empty.
struct SublayerState {
  KeyValueCache cache;              ///< self-attention: one row per hypothesis
  AttentionMemory memory;           ///< attention over the source: one row per sentence, shared by
                                    ///< its hypotheses
  std::vector<torch::Tensor> rows;  ///< whatever else is kept of each hypothesis: [rows, ...]

  /// Row i of what belongs to hypotheses becomes what row index[i] was.
  void reorder(const torch::Tensor& index);
};

/// What an attention gave, on its way out, in the order of the sublayers.
struct AttentionRecord {
  std::string name;       ///< "encoder.0.self_attention"
  torch::Tensor weights;  ///< [rows, H*, queries, keys]
  attention::AttentionExtras extras;
  bool is_by_feature = false;  ///< H* are features of the values, not heads
};

/// What a pass over a stack of blocks uses in addition to x.
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
  std::vector<RecurrentState>* finals =
      nullptr;  ///< receives the last states of the recurrent sublayers of an encoder
};

/// The function of a sublayer, without norm, dropout and residual. It owns one module with the
/// parameters.
class SublayerFunction {
 public:
  virtual ~SublayerFunction() = default;
  /// x [batch, positions, in] -> [batch, positions, out]. `state` is null outside step-by-step
  /// decoding.
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
  SublayerWidths widths;
  NormPlacement norm = NormPlacement::pre;
  double norm_epsilon = 1e-5;
  DropoutOptions dropout;
};

/// A sublayer's function f with what surrounds it. With h = x, norm(x) for norm: pre, and act(W x +
/// b) of that with pre_dense:
///   residual  y = x + dropout(f(h))
///   replace   y = dropout(f(h))
///   fusion    y = F * h + (1 - F) * s, s = dropout(f(h)), F = sigmoid(W [s; h] + b)
///             (Shen et al. 2018, DiSAN)
/// and norm(y) for norm: post.
class SublayerImpl : public torch::nn::Module {
 public:
  SublayerImpl(const SublayerOptions& options, const SublayerSizes& sizes, std::string name);
  /// x [batch, positions, in] -> [batch, positions, out]
  torch::Tensor forward(const torch::Tensor& x, const BlockInput& input, SublayerState* state);
  void start(const torch::Tensor& source, const SequenceMask& mask, SublayerState& state) const {
    function_->start(source, mask, state);
  }

 private:
  torch::Tensor combine(const torch::Tensor& x, const torch::Tensor& seen,
                        const torch::Tensor& output, const ForwardContext& context) const;

  std::string kind_;  // "self_attention"
  NormPlacement norm_placement_;
  Combine combine_;
  PreDense pre_dense_activation_;
  double dropout_;
  std::unique_ptr<SublayerFunction> function_;
  torch::nn::LayerNorm norm_{nullptr};
  Linear pre_dense_{nullptr};
  Linear fusion_{nullptr};  // columns s; h
};
TORCH_MODULE(Sublayer);

/// A stack of blocks, and the final norm that pre-norm blocks need.
class BlockStackImpl : public torch::nn::Module {
 public:
  /// `name` ("encoder" or "decoder") begins the names of attention records.
  BlockStackImpl(const BlocksOptions& options, const SublayerSizes& sizes, const std::string& name);
  /// In training with input.forward.recomputes, a block keeps nothing but its input; what its
  /// gradient needs is computed again.
  torch::Tensor forward(torch::Tensor x, const BlockInput& input);

  /// Fresh states for step-by-step decoding: keys and values of the source are projected here,
  /// once.
  std::vector<SublayerState> start(const torch::Tensor& source, const SequenceMask& mask) const;
  /// Output width of forward().
  std::int64_t width() const { return width_; }

 private:
  torch::Tensor forward_block(std::size_t first, const torch::Tensor& x, const BlockInput& input);
  torch::Tensor recompute_block(std::size_t first, const torch::Tensor& x, const BlockInput& input);

  std::vector<Sublayer> sublayers_;  // of all blocks, in order
  std::size_t block_size_;           // sublayers of each
  bool is_recurrent_;                // what such blocks leave behind is not computed twice
  std::int64_t width_;
  torch::nn::LayerNorm final_norm_{nullptr};
};
TORCH_MODULE(BlockStack);

}  // namespace regard
