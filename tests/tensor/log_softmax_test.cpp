#include "regard/tensor/log_softmax.h"

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

TEST(LogSoftmaxOf, EqualsLibTorch) {
  for (const std::int64_t classes : {1, 15, 16, 17, 1000}) {
    const at::Tensor logits = (test::normal({5, classes}, 8) * 10).to(at::kFloat);
    const at::Tensor expected = at::log_softmax(logits.to(at::kDouble), -1);
    const at::Tensor actual = log_softmax_of(logits.clone());
    EXPECT_EQ(actual.scalar_type(), at::kFloat);
    test::expect_near(actual.to(at::kDouble), expected, 2e-5);
    test::expect_near(log_softmax_of(logits.to(at::kDouble)).to(at::kDouble), expected, 2e-5);
  }
}

}  // namespace
}  // namespace regard
