// The kernel that scores, masks, aligns and fuses in one pass.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/attention/attention.h"
#include "regard/tensor/torch.h"

#include "attention/attention_grid.h"
#include "support/tensor_near.h"

namespace regard {
namespace {

using test::expect_identical;
using test::explicit_path;
using test::fused;
using test::kBatch;
using test::kDim;
using test::kPositions;
using test::normal;
using test::random_attention;
using torch::Tensor;

/// Whether the kernel's backward is in the graph that made `result`.
bool ran_the_kernel(const Tensor& result) {
  std::vector<const torch::autograd::Node*> nodes = {result.grad_fn().get()};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i]->name().starts_with("ScaledDotProduct")) return true;
    for (const auto& edge : nodes[i]->next_edges()) {
      if (edge.function != nullptr) nodes.push_back(edge.function.get());
    }
  }
  return false;
}

/// Otherwise what compares both paths compares one with itself.
TEST(FusedPath, RunsExactlyWhereItMay) {
  const Tensor x = normal({kBatch, kPositions, kDim}, 21);
  int fusable = 0;
  for (const test::GridCase& grid_case : test::attention_grid()) {
    const Attention attention = random_attention(grid_case.options);
    const Tensor input = x.clone().requires_grad_();
    const auto context_of = [&](const AttentionCall& call) {
      return attention->attend_self(input, grid_case.mask(), call).context;
    };
    EXPECT_EQ(ran_the_kernel(context_of(fused())), grid_case.is_fusable())
        << test::name_of_case(grid_case);
    EXPECT_FALSE(ran_the_kernel(context_of(explicit_path()))) << test::name_of_case(grid_case);
    fusable += grid_case.is_fusable() ? 1 : 0;
  }
  EXPECT_GT(fusable, 100);
}

/// Padding, a later key and the penalty share one float mask, in which a row may be all minus
/// infinity.
TEST(FusedPath, OfAlibiWithPaddingAndCausalMaskHasRowsWithoutKeys) {
  AttentionOptions options;
  options.heads = 2;
  options.mask = AttentionMask::causal;
  options.position = "alibi";
  for (const torch::Dtype type : {torch::kDouble, torch::kFloat, torch::kBFloat16}) {
    const Attention attention = random_attention(options);
    attention.ptr()->to(type);
    const Tensor bias = attention->named_parameters()["out_projection.bias"].detach();
    for (const bool needs_weights : {false, true}) {
      const Tensor x = normal({kBatch, kPositions, kDim}, 21, type).requires_grad_();
      const AttentionCall call{test::kEvaluation, needs_weights, 0};
      const SequenceMask mask = test::GridCase::mask_of({5, 0, 3});
      const Tensor context = attention->attend_self(x, mask, call).context;
      test::expect_finite(context);
      expect_identical(context[1].detach(), bias.expand({kPositions, kDim}));
      (context * normal({kBatch, kPositions, kDim}, 13, type)).sum().backward();
      test::expect_finite(x.grad());
      expect_identical(x.grad()[1], at::zeros_like(x.grad()[1]));
      EXPECT_GT(x.grad()[0].abs().max().item<double>(), 0.0);
    }
  }
}

}  // namespace
}  // namespace regard
