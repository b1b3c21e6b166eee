#include "regard/tensor/attend_row.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using at::Tensor;

TEST(AttendRow, EqualsTheSoftmaxOfProducts) {
  for (const auto& [heads, width] :
       {std::pair<std::int64_t, std::int64_t>{4, 64}, {3, 14}, {1, 33}, {2, 8}}) {
    for (const std::int64_t count : {1, 3, 4, 15, 16, 17, 200}) {
      SCOPED_TRACE(testing::Message() << heads << " heads of " << width << ", keys " << count);
      const std::int64_t dim = heads * width;
      const Tensor query = at::randn({dim}) * 2.0;
      const Tensor both = at::randn({count, 2 * dim}) * 2.0;  // keys, values
      std::vector<const float*> keys;
      for (std::int64_t i = 0; i < count; ++i)
        keys.push_back(both.const_data_ptr<float>() + i * 2 * dim);
      std::vector<float> space(static_cast<std::size_t>(attend_space(count)));
      Tensor context = at::full({dim}, 9.0F);
      attend_row(query.const_data_ptr<float>(), {keys.data(), count, dim}, {heads, width},
                 space.data(), context.mutable_data_ptr<float>());
      const auto split = [&](const Tensor& x) {
        return x.reshape({-1, heads, width}).transpose(0, 1).to(at::kDouble);
      };
      const Tensor scores = at::matmul(split(query), split(both.narrow(1, 0, dim)).transpose(1, 2));
      const Tensor weights = at::softmax(scores / std::sqrt(static_cast<double>(width)), -1);
      const Tensor wanted = at::matmul(weights, split(both.narrow(1, dim, dim)));
      test::expect_near(context, wanted.transpose(0, 1).reshape({dim}).to(at::kFloat), 1e-5);
    }
  }
}

TEST(AttendRow, NothingToAttendToGivesNothing) {
  const std::vector<float> query(8, 1.0F);
  std::vector<float> context(8, 5.0F);
  attend_row(query.data(), {nullptr, 0, 8}, {2, 4}, nullptr, context.data());
  EXPECT_EQ(context, std::vector<float>(8, 0.0F));
}

}  // namespace
}  // namespace regard
