#include "regard/engine/attend_row.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "engine/random_values.h"

namespace regard {
namespace {

using test::random_values;

/// softmax(q k / sqrt(width)) v of one head, in double; `both` holds keys [dim] next to values.
std::vector<double> attended(const float* query, const std::vector<float>& both, std::int64_t dim,
                             std::int64_t first, std::int64_t width) {
  const auto count = std::ssize(both) / (2 * dim);
  std::vector<double> weights;
  double top = -1e30;
  for (std::int64_t key = 0; key < count; ++key) {
    double score = 0;
    for (std::int64_t i = first; i < first + width; ++i)
      score += static_cast<double>(query[i]) * both[static_cast<std::size_t>(key * 2 * dim + i)];
    weights.push_back(score / std::sqrt(static_cast<double>(width)));
    top = std::max(top, weights.back());
  }
  double sum = 0;
  for (double& weight : weights)
    sum += weight = std::exp(weight - top);
  std::vector<double> context(static_cast<std::size_t>(width), 0.0);
  for (std::int64_t key = 0; key < count; ++key) {
    for (std::int64_t i = 0; i < width; ++i) {
      context[static_cast<std::size_t>(i)] +=
          weights[static_cast<std::size_t>(key)] / sum *
          both[static_cast<std::size_t>(key * 2 * dim + dim + first + i)];
    }
  }
  return context;
}

TEST(AttendRow, EqualsTheSoftmaxOfProducts) {
  for (const auto& [heads, width] :
       {std::pair<std::int64_t, std::int64_t>{4, 64}, {3, 14}, {1, 33}, {2, 8}}) {
    for (const std::int64_t count : {1, 3, 4, 15, 16, 17, 200}) {
      SCOPED_TRACE(testing::Message() << heads << " heads of " << width << ", keys " << count);
      const std::int64_t dim = heads * width;
      const std::vector<float> query = random_values(dim, 2.0F, 1);
      const std::vector<float> both = random_values(count * 2 * dim, 2.0F, 2);
      std::vector<const float*> keys;
      for (std::int64_t i = 0; i < count; ++i)
        keys.push_back(both.data() + i * 2 * dim);
      std::vector<float> space(static_cast<std::size_t>(attend_space(count)));
      std::vector<float> context(static_cast<std::size_t>(dim), 9.0F);
      attend_row(query.data(), {keys.data(), count, dim}, {heads, width}, space.data(),
                 context.data());
      for (std::int64_t head = 0; head < heads; ++head) {
        const auto wanted = attended(query.data(), both, dim, head * width, width);
        for (std::int64_t i = 0; i < width; ++i) {
          ASSERT_NEAR(context[static_cast<std::size_t>(head * width + i)],
                      wanted[static_cast<std::size_t>(i)], 1e-5);
        }
      }
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
