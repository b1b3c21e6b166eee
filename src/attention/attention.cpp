#include "regard/attention/attention.h"

#include <torch/torch.h>

#include "regard/tensor/checks.h"
#include "regard/tensor/dropout.h"

// Letters in comments: B batch (rows), H heads, T queries, S keys, d dim, k head_dim.

namespace regard {

using torch::Tensor;

AttentionMemory AttentionMemory::select(const Tensor& index) const {
  AttentionMemory chosen;
  chosen.keys = keys.index_select(0, index);
  chosen.values = values.index_select(0, index);
  chosen.mask.lengths = mask.lengths.index_select(0, index);
  if (mask.allowed.defined()) chosen.mask.allowed = mask.allowed.index_select(0, index);
  return chosen;
}

namespace {

/// A buffer of at least `capacity` positions that starts with the first `length` of `old`.
Tensor grown(const Tensor& old, const Tensor& like, std::int64_t length, std::int64_t capacity) {
  Tensor buffer = at::empty({like.size(0), like.size(1), capacity, like.size(3)}, like.options());
  if (length > 0) buffer.narrow(2, 0, length).copy_(old.narrow(2, 0, length));
  return buffer;
}

constexpr std::int64_t kFirstCapacity = 32;

}  // namespace

void KeyValueCache::append(const Tensor& new_keys, const Tensor& new_values) {
  const std::int64_t count = new_keys.size(2);
  if (!keys.defined() || length + count > keys.size(2)) {
    const std::int64_t capacity = std::max(kFirstCapacity, 2 * (length + count));
    keys = grown(keys, new_keys, length, capacity);
    values = grown(values, new_values, length, capacity);
  }
  keys.narrow(2, length, count).copy_(new_keys);
  values.narrow(2, length, count).copy_(new_values);
  length += count;
}

void KeyValueCache::reorder(const Tensor& index) {
  if (length == 0) return;
  const std::int64_t capacity = keys.size(2);
  const auto gather = [&](const Tensor& buffer) {
    const Tensor rows = buffer.narrow(2, 0, length).index_select(0, index);
    return length < capacity ? grown(rows, rows, length, capacity) : rows;
  };
  keys = gather(keys);
  values = gather(values);
}

AttentionImpl::AttentionImpl(const AttentionOptions& options, const AttentionSizes& sizes)
    : options_(options), sizes_(sizes) {
  const std::int64_t dim = sizes.query_dim;
  TORCH_CHECK(dim % options.heads == 0, "heads ", options.heads, " must divide dim ", dim);
  const std::int64_t head_dim = dim / options.heads;
  if (options.project == AttentionProjection::qkv) {
    register_projections(head_dim);
  } else {
    TORCH_CHECK(options.heads == 1 && sizes.memory_dim == dim,
                "project: none needs one head and sources as wide as the queries");
  }
  score_ = register_module("score", attention::make_score(options, head_dim));
  align_ = register_module("align", attention::make_align(options, head_dim));
}

void AttentionImpl::register_projections(std::int64_t head_dim) {
  const std::int64_t dim = sizes_.query_dim;
  const bool has_bias = options_.bias;
  if (sizes_.query_dim == sizes_.memory_dim) {
    in_projection_ =
        register_module("in_projection", Linear(LinearOptions{dim, 3 * dim, has_bias, 3}));
  } else {
    query_projection_ =
        register_module("query_projection", Linear(LinearOptions{dim, dim, has_bias}));
    memory_projection_ = register_module(
        "memory_projection", Linear(LinearOptions{sizes_.memory_dim, 2 * dim, has_bias, 2}));
  }
  const std::int64_t merged = options_.merge == HeadMerge::concat ? dim : head_dim;
  out_projection_ = register_module("out_projection", Linear(LinearOptions{merged, dim, has_bias}));
}

Tensor AttentionImpl::split_heads(const Tensor& x) const {
  return x.view({x.size(0), x.size(1), options_.heads, -1}).transpose(1, 2);  // [B, H, T, k]
}

AttentionMemory AttentionImpl::project(const Tensor& source, const SequenceMask& mask) const {
  const std::int64_t dim = sizes_.query_dim;
  check_shape(source, {-1, -1, sizes_.memory_dim}, "source [batch, keys, memory_dim]");
  if (options_.project == AttentionProjection::none) {
    const Tensor only_head = source.unsqueeze(1);
    return {score_->prepare_key(only_head), only_head, mask};
  }
  const Tensor both = in_projection_ ? in_projection_->forward_rows(source, dim, 2 * dim)
                                     : memory_projection_->forward(source);
  const auto parts = both.chunk(2, -1);
  return {score_->prepare_key(split_heads(parts[0])), split_heads(parts[1]), mask};
}

Tensor AttentionImpl::project_query(const Tensor& query) const {
  if (options_.project == AttentionProjection::none) return query;
  return in_projection_ ? in_projection_->forward_rows(query, 0, sizes_.query_dim)
                        : query_projection_->forward(query);
}

AttentionResult AttentionImpl::attend(const Tensor& query, const AttentionMemory& memory,
                                      const AttentionCall& call) const {
  const std::int64_t rows = query.size(0);
  const std::int64_t batch = memory.keys.size(0);
  const Tensor projected = project_query(query);
  if (rows == batch) return fuse(split_heads(projected), memory, query, call);
  TORCH_CHECK(
      batch > 0 && rows % batch == 0 && query.size(1) == 1 && options_.mask == AttentionMask::none,
      "attend: ", rows, " rows do not share the memory of ", batch, " sentences");
  // The beams of a sentence become its queries, so keys and values need no copy per beam.
  AttentionCall of_beams = call;
  of_beams.has_one_position = true;
  AttentionResult result = fuse(split_heads(projected.view({batch, rows / batch, -1})), memory,
                                query.view({batch, rows / batch, -1}), of_beams);
  result.context = result.context.view({rows, 1, -1});
  if (result.weights.defined()) {  // [B, H, beams, S] -> [B * beams, H, 1, S]
    result.weights = result.weights.transpose(1, 2).reshape(
        {rows, result.weights.size(1), 1, result.weights.size(3)});
  }
  return result;
}

AttentionResult AttentionImpl::attend_self(const Tensor& x, const SequenceMask& mask,
                                           const AttentionCall& call, KeyValueCache* cache) const {
  TORCH_CHECK(sizes_.query_dim == sizes_.memory_dim,
              "attend_self: query and source differ in width");
  Tensor query;  // [B, H, T, k]
  AttentionMemory memory;
  if (options_.project == AttentionProjection::none) {
    query = split_heads(x);
    memory = project(x, mask);
  } else {
    const auto parts = in_projection_->forward(x).chunk(3, -1);
    query = split_heads(parts[0]);
    memory = {score_->prepare_key(split_heads(parts[1])), split_heads(parts[2]), mask};
  }
  if (cache == nullptr) return fuse(query, memory, x, call);
  AttentionCall continued = call;
  continued.first_query = cache->length;
  cache->append(memory.keys, memory.values);
  memory.keys = cache->keys.narrow(2, 0, cache->length);
  memory.values = cache->values.narrow(2, 0, cache->length);
  return fuse(query, memory, x, continued);
}

Tensor AttentionImpl::allowed_pairs(const Tensor& query, const AttentionMemory& memory,
                                    std::int64_t first_query) const {
  const std::int64_t queries = query.size(2);
  const std::int64_t keys = memory.keys.size(2);
  const bool sees_all =
      options_.mask == AttentionMask::causal && queries == 1 && first_query + 1 == keys;
  const Tensor structure =
      sees_all ? Tensor()
               : structural_mask(options_.mask, queries, keys, first_query, query.device());
  return combine_masks(memory.mask.allowed, structure);
}

Tensor AttentionImpl::scores_of(const Tensor& query, const AttentionMemory& memory) const {
  const Tensor scores = score_->match(query, memory.keys);
  return options_.clip > 0.0 ? at::tanh(scores / options_.clip) * options_.clip : scores;
}

/// [B, H, T, k] -> [B, T, dim]
Tensor AttentionImpl::merge_heads(const Tensor& context) const {
  if (options_.project == AttentionProjection::none) return context.squeeze(1);
  const Tensor merged =
      options_.merge == HeadMerge::concat
          ? context.transpose(1, 2).reshape({context.size(0), context.size(2), -1})
          : context.mean(1);
  return out_projection_->forward(merged);
}

attention::AlignInput AttentionImpl::align_input(const Tensor& query, const AttentionMemory& memory,
                                                 const Tensor& state,
                                                 const AttentionCall& call) const {
  attention::AlignInput input;
  input.scores = scores_of(query, memory);
  input.allowed = allowed_pairs(query, memory, call.first_query);
  input.lengths = memory.mask.lengths;
  input.state = state;
  const auto indices = at::TensorOptions().dtype(at::kLong).device(query.device());
  const std::int64_t queries = query.size(2);
  input.positions = call.has_one_position
                        ? at::full({queries}, call.first_query, indices)
                        : at::arange(call.first_query, call.first_query + queries, indices);
  input.random = call.forward.dropout;
  return input;
}

AttentionResult AttentionImpl::fuse(const Tensor& raw_query, const AttentionMemory& memory,
                                    const Tensor& state, const AttentionCall& call) const {
  const auto scale = options_.clip > 0.0 ? std::nullopt : score_->fused_scale();
  const bool drops_weights = call.forward.is_training() && sizes_.dropout > 0.0;
  const Tensor query = score_->prepare_query(raw_query);
  AttentionResult result;
  Tensor context;  // [B, H, T, k]
  if (scale && align_->is_softmax() && !call.needs_weights && !drops_weights) {
    // Without padding, the kernel's own causal mode skips the upper half instead of masking it.
    const bool is_causal = options_.mask == AttentionMask::causal &&
                           !memory.mask.allowed.defined() && call.first_query == 0 &&
                           query.size(2) == memory.keys.size(2);
    const Tensor allowed = is_causal ? Tensor() : allowed_pairs(query, memory, call.first_query);
    context = at::scaled_dot_product_attention(
        query, memory.keys, memory.values,
        allowed.defined() ? std::optional<Tensor>(allowed) : std::nullopt, 0.0, is_causal, *scale);
  } else {
    attention::Alignment alignment = align_->align(align_input(query, memory, state, call));
    context = at::matmul(dropout(alignment.weights, sizes_.dropout, call.forward), memory.values);
    if (call.needs_weights) result.weights = alignment.weights;
    result.extras = alignment.extras;
  }
  result.context = merge_heads(context);
  return result;
}

}  // namespace regard
