#pragma once

#include <memory>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "regard/attention/attention_options.h"
#include "regard/attention/masks.h"
#include "regard/attention/strategies.h"
#include "regard/tensor/linear.h"

namespace regard {

/// Keys and values of a source, projected once per sentence and read at every step.
struct AttentionMemory {
  torch::Tensor keys;    ///< [batch, key_value_heads, keys, width], prepared by the score
  torch::Tensor values;  ///< [batch, key_value_heads, keys, head_dim]
  SequenceMask mask;

  /// The rows `index` [rows] (int64) of every tensor.
  AttentionMemory select(const torch::Tensor& index) const;
};

/// Keys and values of the positions decoded so far, in buffers that grow by doubling.
struct KeyValueCache {
  torch::Tensor keys;       ///< [rows, key_value_heads, capacity, width], prepared by the score
  torch::Tensor values;     ///< [rows, key_value_heads, capacity, head_dim]
  std::int64_t length = 0;  ///< positions filled

  /// Appends [rows, heads, new, head_dim].
  void append(const torch::Tensor& new_keys, const torch::Tensor& new_values);
  /// Row i becomes what row index[i] was: one gather per tensor.
  void reorder(const torch::Tensor& index);
};

/// What the caller of an attention passes in addition to the tensors.
struct AttentionCall {
  const ForwardContext& forward;
  bool needs_weights = false;     ///< asking for weights never changes the context (in evaluation)
  std::int64_t first_query = 0;   ///< position of the first query in its sequence
  bool has_one_position = false;  ///< all queries stand there: they are beams
  /// Of the queries of attend(), where they may be packed: then the context is, too. Packed queries
  /// need projections.
  const SequenceMask* queries = nullptr;
};

struct AttentionResult {
  torch::Tensor context;  ///< [batch, queries, query_dim]; without projections [.., memory_dim]
  torch::Tensor weights;  ///< [batch, H*, queries, keys] before dropout, H* = heads, or features
                          ///< with granularity: feature; undefined unless asked for
  attention::AttentionExtras extras;
};

struct AttentionSizes {
  std::int64_t query_dim = 0;   ///< width of the queries, and of the result
  std::int64_t memory_dim = 0;  ///< width of the source
  double dropout = 0.0;         ///< on the weights
};

/// The one attention module: project -> score -> mask -> align -> fuse -> merge. It keeps no state
/// between calls.
///
/// With nobody reading weights and a dot-product score under a softmax, a fused kernel
/// (at::scaled_dot_product_attention, or tensor/attend_heads to train on the CPU) does score
/// to fuse in one pass; otherwise the explicit path. Both agree.
class AttentionImpl : public torch::nn::Module {
 public:
  AttentionImpl(const AttentionOptions& options, const AttentionSizes& sizes);

  /// source [batch, keys, memory_dim] -> keys and values for attend().
  AttentionMemory project(const torch::Tensor& source, const SequenceMask& mask) const;

  /// query [rows, queries, query_dim]. `rows` is the batch of the memory, or a multiple of it when
  /// queries = 1: then row r belongs to sentence r / (rows / batch), so that the beams of a
  /// sentence share its memory.
  AttentionResult attend(const torch::Tensor& query, const AttentionMemory& memory,
                         const AttentionCall& call) const;

  /// Self-attention over x [batch, positions, query_dim], by one fused projection. With a cache the
  /// new positions are appended to it and attend to everything in it. Packed sequences (see
  /// SequenceMask) stay packed; they need projections.
  AttentionResult attend_self(const torch::Tensor& x, const SequenceMask& mask,
                              const AttentionCall& call, KeyValueCache* cache = nullptr) const;

  /// With heads and project resolved.
  const AttentionOptions& options() const { return options_; }
  /// Width of the result.
  std::int64_t context_dim() const {
    return options_.project == AttentionProjection::none ? sizes_.memory_dim : sizes_.query_dim;
  }

 private:
  /// What one call of fuse() works with.
  struct Parts {
    torch::Tensor query;            // [B, H, T, k], before the score
    const AttentionMemory& memory;  // what may be attended to
    torch::Tensor state;            // [B, T, dim], the raw query
    const AttentionCall& call;
    bool is_self = false;  // queries and keys stand in the same sequence
  };

  void register_projections();
  std::int64_t key_value_dim() const { return head_dim_ * key_value_heads_; }
  torch::Tensor project_query(const torch::Tensor& query) const;
  torch::Tensor merge_heads(const torch::Tensor& context, const Parts& parts) const;
  AttentionResult fuse(const Parts& parts) const;
  bool drops_weights(const Parts& parts) const;
  bool can_attend_heads(const Parts& parts) const;
  torch::Tensor fused_context(const torch::Tensor& query, const AttentionMemory& memory,
                              const Parts& parts) const;
  attention::AlignInput align_input(const torch::Tensor& query, const AttentionMemory& memory,
                                    const Parts& parts) const;
  torch::Tensor allowed_pairs(const AttentionMemory& memory, const Parts& parts) const;

  AttentionOptions options_;
  AttentionSizes sizes_;
  std::int64_t head_dim_ = 0;  // of the queries
  std::int64_t key_value_heads_ = 0;
  bool has_position_ = false;
  // All undefined with project: none.
  Linear in_projection_{nullptr};     // rows Q; K; V, when query and source have the same width
  Linear query_projection_{nullptr};  // otherwise
  Linear memory_projection_{nullptr};
  Linear out_projection_{nullptr};
  std::shared_ptr<attention::Score> score_;
  std::shared_ptr<attention::Align> align_;
  std::shared_ptr<attention::RelativePosition> position_;
};
TORCH_MODULE(Attention);

}  // namespace regard
