#include "regard/attention/attention.h"

#include <limits>
#include <mutex>

#include <ATen/autocast_mode.h>

#include "regard/tensor/attend_heads.h"
#include "regard/tensor/checks.h"
#include "regard/tensor/dropout.h"
#include "regard/tensor/torch.h"

// Letters in comments: B batch (rows), H heads, T queries, S keys, d dim, k head_dim.

namespace regard {

using torch::Tensor;

namespace {

/// [B, T, heads * k] -> [B, heads, T, k]
Tensor split_heads(const Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, -1}).transpose(1, 2);
}

/// What fused kernels draw from: repeatable from our own stream.
void seed_generator(const c10::Device& device, std::uint64_t seed) {
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::scoped_lock lock(generator.mutex());
  generator.set_current_seed(seed);
}

}  // namespace

AttentionImpl::AttentionImpl(const AttentionOptions& options, const AttentionSizes& sizes)
    : options_(resolved(options)),
      sizes_(sizes),
      head_dim_(sizes.query_dim / options_.heads),
      key_value_heads_(options_.key_value_heads > 0 ? options_.key_value_heads : options_.heads),
      has_position_(options_.position != "none") {
  const std::int64_t dim = sizes.query_dim;
  TORCH_CHECK(dim % options_.heads == 0, "heads ", options_.heads, " must divide dim ", dim);
  TORCH_CHECK(options_.heads % key_value_heads_ == 0, "key_value_heads ", key_value_heads_,
              " must divide heads ", options_.heads);
  attention::StrategySizes widths{head_dim_, head_dim_, dim};
  if (options_.project == AttentionProjection::qkv) {
    register_projections();
  } else {
    TORCH_CHECK(options_.heads == 1, "project: none needs one head");
    widths.key = sizes.memory_dim;
  }
  score_ = register_module("score", attention::make_score(options_, widths));
  align_ = register_module("align", attention::make_align(options_, widths));
  position_ = register_module("position", attention::make_position(options_, widths));
}

void AttentionImpl::register_projections() {
  const std::int64_t dim = sizes_.query_dim;
  const bool has_bias = options_.bias;
  if (sizes_.query_dim == sizes_.memory_dim) {
    in_projection_ = register_module(
        "in_projection", Linear(LinearOptions{dim, dim + 2 * key_value_dim(), has_bias, 3}));
  } else {
    query_projection_ =
        register_module("query_projection", Linear(LinearOptions{dim, dim, has_bias}));
    memory_projection_ =
        register_module("memory_projection",
                        Linear(LinearOptions{sizes_.memory_dim, 2 * key_value_dim(), has_bias, 2}));
  }
  const std::int64_t merged = options_.merge == HeadMerge::concat ? dim : head_dim_;
  out_projection_ = register_module("out_projection", Linear(LinearOptions{merged, dim, has_bias}));
}

AttentionMemory AttentionImpl::project(const Tensor& source, const SequenceMask& mask) const {
  check_shape(source, {-1, -1, sizes_.memory_dim}, "source [batch, keys, memory_dim]");
  if (options_.project == AttentionProjection::none) {
    const Tensor only_head = source.unsqueeze(1);
    return {score_->prepare_key(only_head), only_head, mask};
  }
  const Tensor both =
      in_projection_ ? in_projection_->forward_rows(source, sizes_.query_dim, 2 * key_value_dim())
                     : memory_projection_->forward(source);
  const auto parts = both.chunk(2, -1);
  const std::int64_t heads = key_value_heads_;
  return {score_->prepare_key(split_heads(parts[0], heads)), split_heads(parts[1], heads), mask};
}

Tensor AttentionImpl::project_query(const Tensor& query) const {
  if (options_.project == AttentionProjection::none) return query;
  return in_projection_ ? in_projection_->forward_rows(query, 0, sizes_.query_dim)
                        : query_projection_->forward(query);
}

AttentionResult AttentionImpl::attend(const Tensor& query, const AttentionMemory& memory,
                                      const AttentionCall& call) const {
  const SequenceMask whole;
  const SequenceMask& mask = call.queries == nullptr ? whole : *call.queries;
  const Tensor projected = spread(project_query(query), mask);
  const std::int64_t rows = projected.size(0);
  const std::int64_t batch = memory.keys.size(0);
  if (rows == batch) {
    const Tensor state = align_->is_softmax() ? query : spread(query, mask);
    return fuse({split_heads(projected, options_.heads), memory, state, call, false});
  }
  TORCH_CHECK(
      batch > 0 && rows % batch == 0 && query.size(1) == 1 && options_.mask == AttentionMask::none,
      "attend: ", rows, " rows do not share the memory of ", batch, " sentences");
  // The beams of a sentence become its queries, so keys and values need no copy per beam.
  AttentionCall of_beams = call;
  of_beams.has_one_position = true;
  const std::vector<std::int64_t> by_sentence = {batch, rows / batch, -1};
  AttentionResult result = fuse({split_heads(projected.view(by_sentence), options_.heads), memory,
                                 query.view(by_sentence), of_beams, false});
  result.context = result.context.reshape({rows, 1, -1});
  auto& extras = result.extras;
  for (Tensor* extra : {&extras.position, &extras.log_probability, &extras.entropy}) {
    if (extra->defined()) *extra = extra->reshape({rows, 1});
  }
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
  AttentionCall continued = call;
  if (cache != nullptr) continued.first_query = cache->length;
  Tensor query = x.unsqueeze(1);  // [B, H, T, k]
  Tensor key = query;
  Tensor value = query;
  if (options_.project == AttentionProjection::qkv) {
    const auto parts =
        spread(in_projection_->forward(x), mask)
            .split_with_sizes({sizes_.query_dim, key_value_dim(), key_value_dim()}, -1);
    query = split_heads(parts[0], options_.heads);
    key = split_heads(parts[1], key_value_heads_);
    value = split_heads(parts[2], key_value_heads_);
  }
  query = position_->turn(query, continued.first_query);
  AttentionMemory memory{score_->prepare_key(position_->turn(key, continued.first_query)), value,
                         mask};
  if (cache != nullptr) {
    cache->append(memory.keys, memory.values);
    memory.keys = cache->keys.narrow(2, 0, cache->length);
    memory.values = cache->values.narrow(2, 0, cache->length);
  }
  const Tensor state = align_->is_softmax() ? x : spread(x, mask);
  return fuse({query, memory, state, continued, true});
}

/// What a query may attend to: its sentence's real tokens, as far as mask and score let it.
Tensor AttentionImpl::allowed_pairs(const AttentionMemory& memory, const Parts& parts) const {
  const std::int64_t queries = parts.query.size(2);
  const std::int64_t keys = memory.keys.size(2);
  const std::int64_t first = parts.call.first_query;
  const bool sees_all = options_.mask == AttentionMask::causal && queries == 1 && first + 1 == keys;
  const Tensor structure =
      sees_all ? Tensor()
               : structural_mask(options_.mask, queries, keys, first, parts.query.device());
  const Tensor allowed = combine_masks(memory.mask.allowed, structure);
  const auto limit = score_->max_keys();
  if (!limit || *limit >= keys) return allowed;
  const Tensor key = at::arange(keys, parts.query.options().dtype(at::kLong));
  return combine_masks(allowed, key.lt(*limit).view({1, 1, 1, keys}));
}

/// [B, H*, T, k] -> [B, T, dim], packed where the queries were.
Tensor AttentionImpl::merge_heads(const Tensor& context, const Parts& parts) const {
  Tensor merged = options_.merge == HeadMerge::concat || options_.heads == 1
                      ? context.transpose(1, 2).reshape({context.size(0), context.size(2), -1})
                      : context.mean(1);
  const SequenceMask* mask = parts.is_self ? &parts.memory.mask : parts.call.queries;
  if (mask != nullptr) merged = packed(merged, *mask);
  return out_projection_ ? out_projection_->forward(merged) : merged;
}

attention::AlignInput AttentionImpl::align_input(const Tensor& query, const AttentionMemory& memory,
                                                 const Parts& parts) const {
  const std::int64_t queries = query.size(2);
  const std::int64_t first = parts.call.first_query;
  attention::AlignInput input;
  input.scores = score_->match(query, memory.keys);
  if (options_.clip > 0.0) input.scores = at::tanh(input.scores / options_.clip) * options_.clip;
  if (has_position_) {
    const double scale = score_->fused_scale().value_or(1.0);
    const Tensor bias = position_->bias(query * scale, {first, queries, memory.keys.size(2)});
    if (bias.defined()) input.scores = input.scores + bias;
  }
  input.allowed = allowed_pairs(memory, parts);
  input.lengths = memory.mask.lengths;
  input.state = parts.state;
  const auto indices = at::TensorOptions().dtype(at::kLong).device(query.device());
  input.positions = parts.call.has_one_position ? at::full({queries}, first, indices)
                                                : at::arange(first, first + queries, indices);
  input.random = parts.call.forward.dropout;
  return input;
}

bool AttentionImpl::drops_weights(const Parts& parts) const {
  return parts.call.forward.is_training() && sizes_.dropout > 0.0;
}

/// Whether our own kernel can train it, and is the better one: LibTorch's goes by blocks where the
/// weights of a head are many. It knows lengths and causal masks.
bool AttentionImpl::can_attend_heads(const Parts& parts) const {
  constexpr std::int64_t kManyWeights = std::int64_t{1} << 18;
  if (!parts.call.forward.is_training() || !parts.query.is_cpu()) return false;
  const std::int64_t weights = parts.query.size(2) * parts.memory.keys.size(2);
  if (sizes_.dropout == 0.0 && weights > kManyWeights) return false;
  const bool is_known = options_.mask == AttentionMask::none ||
                        (options_.mask == AttentionMask::causal && parts.call.first_query == 0);
  return parts.query.scalar_type() == at::kFloat && is_known && !has_position_ &&
         !score_->max_keys() && !at::autocast::is_autocast_enabled(at::kCPU);
}

/// Score, mask, align and fuse in one kernel.
Tensor AttentionImpl::fused_context(const Tensor& query, const AttentionMemory& memory,
                                    const Parts& parts) const {
  const bool drops = drops_weights(parts);
  const std::uint64_t seed = drops ? parts.call.forward.dropout->next() : 0;
  if (can_attend_heads(parts)) {
    return attend_heads(query, memory.keys, memory.values, memory.mask.lengths,
                        {*score_->fused_scale(), sizes_.dropout, static_cast<std::int64_t>(seed),
                         options_.mask == AttentionMask::causal});
  }
  const std::int64_t first = parts.call.first_query;
  const std::int64_t keys = memory.keys.size(2);
  // Without padding, the kernel's own causal mode skips the upper half instead of masking it.
  const bool is_causal = options_.mask == AttentionMask::causal && !has_position_ &&
                         !memory.mask.allowed.defined() && first == 0 && query.size(2) == keys;
  Tensor mask = is_causal ? Tensor() : allowed_pairs(memory, parts);
  if (has_position_) {
    const Tensor bias = position_->bias(query, {first, query.size(2), keys});
    if (bias.defined()) {
      const double infinity = std::numeric_limits<double>::infinity();
      mask = mask.defined() ? bias.masked_fill(mask.logical_not(), -infinity) : bias;
    }
  }
  if (drops) seed_generator(query.device(), seed);
  return at::scaled_dot_product_attention(
      query, memory.keys, memory.values,
      mask.defined() ? std::optional<Tensor>(mask) : std::nullopt, drops ? sizes_.dropout : 0.0,
      is_causal, *score_->fused_scale());
}

AttentionResult AttentionImpl::fuse(const Parts& parts) const {
  TORCH_CHECK(parts.is_self || !has_position_, "attention.position is of self-attention");
  const AttentionCall& call = parts.call;
  const bool is_fused = options_.clip == 0.0 && score_->fused_scale() && align_->is_softmax() &&
                        position_->is_fusable() && !call.needs_weights &&
                        (!drops_weights(parts) || parts.query.is_cuda() || can_attend_heads(parts));
  const std::int64_t sharing = options_.heads / key_value_heads_;
  AttentionMemory memory = parts.memory;
  if (sharing > 1) {
    memory.keys = memory.keys.repeat_interleave(sharing, 1);
    memory.values = memory.values.repeat_interleave(sharing, 1);
  }
  const Tensor query = score_->prepare_query(parts.query);
  if (is_fused) return {merge_heads(fused_context(query, memory, parts), parts), {}, {}};
  attention::Alignment alignment = align_->align(align_input(query, memory, parts));
  // With a distribution for each feature, a feature of the values is what a head is otherwise.
  const bool has_features = score_->distributions(options_.heads) != options_.heads;
  const Tensor values = has_features ? memory.values.transpose(1, 3) : memory.values;
  const Tensor weights = dropout(alignment.weights, sizes_.dropout, call.forward);
  Tensor context = at::matmul(weights, values);  // [B, H*, T, k]
  if (has_position_) {
    const Tensor added =
        position_->context(weights, {call.first_query, parts.query.size(2), memory.keys.size(2)});
    if (added.defined()) context = context + added;
  }
  return {merge_heads(context, parts), call.needs_weights ? alignment.weights : Tensor(),
          alignment.extras};
}

}  // namespace regard
