#include <algorithm>
#include <cstring>

#include "regard/attention/attention.h"
#include "regard/engine/parallel.h"
#include "regard/tensor/torch.h"

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

/// A buffer like `old` whose row i starts with the first `length` positions of row index[i] of
/// `old`. Each is copied once, directly to its position.
Tensor gathered(const Tensor& old, const Tensor& index, std::int64_t length) {
  const std::int64_t rows = index.numel();
  Tensor buffer = at::empty({rows, old.size(1), old.size(2), old.size(3)}, old.options());
  if (!old.is_cpu() || !old.is_contiguous() || !index.is_cpu() || !index.is_contiguous()) {
    buffer.narrow(2, 0, length).copy_(old.narrow(2, 0, length).index_select(0, index));
    return buffer;
  }
  const auto bytes = static_cast<std::int64_t>(old.element_size());
  const std::int64_t heads = old.size(1);
  const std::int64_t stride = old.size(2) * old.size(3) * bytes;
  const auto used = static_cast<std::size_t>(length * old.size(3) * bytes);
  const auto* from = static_cast<const std::byte*>(old.const_data_ptr());
  auto* to = static_cast<std::byte*>(buffer.mutable_data_ptr());
  const auto* chosen = index.const_data_ptr<std::int64_t>();
  for (std::int64_t row = 0; row < rows; ++row)
    TORCH_CHECK_INDEX(chosen[row] >= 0 && chosen[row] < old.size(0), "a cache has no such row");
  parallel_for(0, rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t head = 0; head < heads; ++head)
        std::memcpy(to + (row * heads + head) * stride,
                    from + (chosen[row] * heads + head) * stride, used);
    }
  });
  return buffer;
}

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
  keys = gathered(keys, index, length);
  values = gathered(values, index, length);
}

}  // namespace regard
