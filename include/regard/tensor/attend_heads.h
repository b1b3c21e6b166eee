#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

namespace regard {

struct HeadAttentionOptions {
  double scale = 1.0;        ///< of the scores
  double probability = 0.0;  ///< of a weight to be dropped
  std::int64_t seed = 0;     ///< which weights are
  bool is_causal = false;    ///< query t sees the keys up to t
};

/// dropout(softmax(scale q k^T)) v, head by head, on the CPU, with the packed products. Only
/// the sums of the softmax are kept for the backward pass, which computes the weights again.
/// LibTorch's fused kernel for the CPU has no dropout, and is slower for sequences of
/// sentences. Vaswani et al. 2017, eq. 1 and section 5.4.
///
/// query [batch, heads, queries, width], keys [batch, heads, keys, width] and values [batch, heads,
/// keys, value width], in float32 on the CPU, of any strides; `lengths` [batch] int64 says how many
/// of the keys there are; without any, the context is 0. The result is [batch, heads, queries,
/// value width]. The same for every number of threads.
at::Tensor attend_heads(const at::Tensor& query, const at::Tensor& keys, const at::Tensor& values,
                        const at::Tensor& lengths, const HeadAttentionOptions& options);

}  // namespace regard
