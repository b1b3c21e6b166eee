// Fewer heads of keys and values than of queries.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/attention/attention.h"
#include "regard/tensor/torch.h"

#include "attention/attention_grid.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_near;
using test::explicit_path;
using test::fused;
using test::kBatch;
using test::kDim;
using test::kMemoryDim;
using test::kPositions;
using test::normal;
using test::random_attention;
using torch::Tensor;

AttentionOptions grouped_options_of(std::int64_t heads, AttentionMask mask = AttentionMask::none) {
  AttentionOptions options;
  options.heads = heads;
  options.mask = mask;
  return options;
}

/// The rows of a stacked projection for `heads` heads, each of `shared` heads given several times.
Tensor copied_rows(const Tensor& rows, std::int64_t shared, std::int64_t heads) {
  const std::int64_t head_dim = rows.size(0) / shared;
  const Tensor by_head = rows.reshape({shared, head_dim, -1}).repeat_interleave(heads / shared, 0);
  return rows.dim() == 1 ? by_head.flatten() : by_head.flatten(0, 1);
}

/// Gives `full` the parameters of `grouped`, keys and values copied to the heads that share them.
void copy_grouped(const Attention& grouped, const Attention& full) {
  torch::NoGradGuard no_grad;
  const std::int64_t heads = grouped->options().heads;
  const std::int64_t shared = grouped->options().key_value_heads;
  const auto from = grouped->named_parameters();
  for (auto& item : full->named_parameters()) {
    const Tensor value = from[item.key()];
    const bool is_stacked = item.key().starts_with("in_projection");
    if (!is_stacked && !item.key().starts_with("memory_projection")) {
      item.value().copy_(value);
      continue;
    }
    const std::int64_t queries = is_stacked ? kDim : 0;
    const auto both = value.narrow(0, queries, value.size(0) - queries).chunk(2, 0);
    item.value().copy_(at::cat({value.narrow(0, 0, queries), copied_rows(both[0], shared, heads),
                                copied_rows(both[1], shared, heads)}));
  }
}

TEST(GroupedQueryAttention, EqualsFullHeadsWithCopiedKeysAndValues) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  const Tensor source = normal({kBatch, kPositions, kMemoryDim}, 22);
  const SequenceMask mask = test::GridCase::mask_of({5, 1, 3});
  for (const std::int64_t shared : {1, 2, 4}) {
    AttentionOptions options = grouped_options_of(4);
    options.key_value_heads = shared;
    const Attention grouped = random_attention(options);
    const Attention full = random_attention(grouped_options_of(4));
    copy_grouped(grouped, full);
    const std::int64_t rows = kDim + 2 * shared * kDim / 4;
    EXPECT_EQ(grouped->named_parameters()["in_projection.weight"].size(0), rows);
    const Attention cross = random_attention(options, kMemoryDim);
    const Attention full_cross = random_attention(grouped_options_of(4), kMemoryDim);
    copy_grouped(cross, full_cross);
    EXPECT_EQ(cross->project(source, mask).keys.size(1), shared);
    for (const AttentionCall& call : {fused(), explicit_path()}) {
      expect_near(grouped->attend_self(x, mask, call).context,
                  full->attend_self(x, mask, call).context, 1e-12);
      expect_near(cross->attend(x, cross->project(source, mask), call).context,
                  full_cross->attend(x, full_cross->project(source, mask), call).context, 1e-12);
    }
    expect_near(grouped->attend_self(x, mask, explicit_path()).weights,
                full->attend_self(x, mask, explicit_path()).weights, 1e-12);
  }
}

TEST(GroupedQueryAttention, ItsCacheHoldsTheSharedHeadsOnly) {
  torch::NoGradGuard no_grad;
  AttentionOptions options = grouped_options_of(4, AttentionMask::causal);
  options.key_value_heads = 2;
  const Attention attention = random_attention(options);
  KeyValueCache cache;
  attention->attend_self(normal({kBatch, 3, kDim}, 21), {}, fused(), &cache);
  EXPECT_EQ(cache.keys.size(1), 2);
  EXPECT_EQ(cache.values.size(1), 2);
}

}  // namespace
}  // namespace regard
