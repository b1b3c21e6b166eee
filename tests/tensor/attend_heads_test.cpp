#include "regard/tensor/attend_heads.h"

#include <limits>
#include <vector>

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "regard/tensor/torch.h"

#include "support/tensor_near.h"

namespace regard {
namespace {

using at::Tensor;

struct Sizes {
  std::int64_t queries = 0;
  std::int64_t keys = 0;
  std::int64_t width = 0;
  bool is_causal = false;
};

void PrintTo(const Sizes& sizes, std::ostream* out) {
  *out << sizes.queries << " queries, " << sizes.keys << " keys, width " << sizes.width
       << (sizes.is_causal ? ", causal" : "");
}

constexpr std::int64_t kBatch = 3;
constexpr std::int64_t kHeads = 2;

/// In memory [batch, positions, heads, width], as attentions have them.
Tensor random_heads(std::int64_t positions, std::int64_t width) {
  return at::randn({kBatch, positions, kHeads, width}).transpose(1, 2).requires_grad_();
}

class AttendHeadsOf : public testing::TestWithParam<Sizes> {
 protected:
  void SetUp() override {
    torch::manual_seed(5);
    const Sizes& sizes = GetParam();
    query_ = random_heads(sizes.queries, sizes.width);
    keys_ = random_heads(sizes.keys, sizes.width);
    values_ = random_heads(sizes.keys, sizes.width + 5);
    lengths_ = at::tensor({sizes.keys, std::int64_t{1}, (sizes.keys + 1) / 2}, at::kLong);
    options_.scale = 0.3;
    options_.seed = 0x1234567890LL;
    options_.is_causal = sizes.is_causal;
  }

  Tensor attend(const Tensor& query, const Tensor& keys, const Tensor& values) const {
    return attend_heads(query, keys, values, lengths_, options_);
  }

  /// 0, or 1 / (1 - p): [batch, heads, queries, keys]. Values that are the rows of a unit matrix
  /// show the weights, and queries of 0 make these equal.
  Tensor mask() const {
    const std::int64_t keys = keys_.size(2);
    const Tensor unit = at::eye(keys).expand({kBatch, kHeads, keys, keys});
    const Tensor none = at::zeros({kBatch, kHeads, query_.size(2), keys});
    const Tensor shown = attend(none, at::zeros_like(unit), unit);
    const Tensor equal = allowed().to(at::kFloat) / allowed().sum(-1, true);
    return at::where(allowed(), shown / equal, 0.0);
  }

  Tensor allowed() const {
    const Tensor key = at::arange(keys_.size(2)).view({1, 1, 1, -1});
    Tensor allowed = key < lengths_.view({-1, 1, 1, 1});
    const Tensor query = at::arange(query_.size(2)).view({1, 1, -1, 1});
    if (options_.is_causal) allowed = allowed.logical_and(key <= query);
    return allowed.expand({kBatch, kHeads, query_.size(2), keys_.size(2)});
  }

  /// The same by the general operations, in double.
  Tensor explicitly(const Tensor& mask) const {
    const double infinity = std::numeric_limits<double>::infinity();
    const Tensor scores =
        at::matmul(query_.to(at::kDouble), keys_.to(at::kDouble).transpose(-1, -2)) * 0.3;
    const Tensor weights = at::softmax(scores.masked_fill(allowed().logical_not(), -infinity), -1);
    return at::matmul(weights * mask.to(at::kDouble), values_.to(at::kDouble));
  }

  Tensor query_;
  Tensor keys_;
  Tensor values_;
  Tensor lengths_;
  HeadAttentionOptions options_;
};

TEST_P(AttendHeadsOf, EqualsTheExplicitComputationAndItsGradients) {
  for (const double probability : {0.0, 0.4}) {
    SCOPED_TRACE(probability);
    options_.probability = probability;
    const Tensor dropped = mask();
    const Tensor wanted = explicitly(dropped);
    const Tensor found = attend(query_, keys_, values_);
    test::expect_near(found, wanted.to(at::kFloat), 1e-5);
    const Tensor upstream = at::randn_like(wanted);
    const std::vector<Tensor> inputs = {query_, keys_, values_};
    const auto expected = torch::autograd::grad({wanted}, inputs, {upstream});
    const auto gradients = torch::autograd::grad({found}, inputs, {upstream.to(at::kFloat)});
    for (std::size_t i = 0; i < inputs.size(); ++i)
      test::expect_near(gradients[i], expected[i], 1e-5);
  }
}

TEST_P(AttendHeadsOf, DoesNotDependOnThreads) {
  options_.probability = 0.3;
  const int before = at::get_num_threads();
  std::vector<Tensor> results;
  for (const int threads : {1, 3}) {
    at::set_num_threads(threads);
    const Tensor context = attend(query_, keys_, values_);
    results.push_back(context);
    for (Tensor& gradient : torch::autograd::grad({context.pow(2).sum()}, {query_, keys_, values_}))
      results.push_back(gradient);
  }
  at::set_num_threads(before);
  ASSERT_EQ(results.size(), 8u);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(at::equal(results[i], results[i + 4]));
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttendHeadsOf,
                         testing::Values(Sizes{7, 7, 16, true}, Sizes{40, 40, 64, true},
                                         Sizes{5, 37, 20, false}, Sizes{33, 9, 64, false},
                                         Sizes{1, 2, 8, false}));

TEST(AttendHeads, ASentenceWithoutKeysGivesZerosAndNoGradient) {
  torch::manual_seed(3);
  const Tensor query = at::randn({2, 2, 3, 8}).requires_grad_();
  const Tensor keys = at::randn({2, 2, 4, 8}).requires_grad_();
  const Tensor values = at::randn({2, 2, 4, 8}).requires_grad_();
  const Tensor lengths = torch::tensor({4, 0}, torch::kLong);
  const Tensor context = attend_heads(query, keys, values, lengths, {});
  EXPECT_GT(context[0].abs().max().item<float>(), 0.01F);
  EXPECT_EQ(context[1].abs().max().item<float>(), 0.0F);
  for (const Tensor& gradient :
       torch::autograd::grad({context.pow(2).sum()}, {query, keys, values})) {
    EXPECT_GT(gradient[0].abs().max().item<float>(), 0.0F);
    EXPECT_EQ(gradient[1].abs().max().item<float>(), 0.0F);
  }
}

TEST(AttendHeads, DropsTheShareThatIsAskedFor) {
  HeadAttentionOptions options;
  options.probability = 0.25;
  const Tensor zeros = at::zeros({2, 4, 50, 50});
  const Tensor unit = at::eye(50).expand({2, 4, 50, 50});
  const Tensor lengths = at::full({2}, 50, at::kLong);
  const Tensor weights = attend_heads(zeros, zeros, unit, lengths, options);
  const double share = (weights == 0).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(share, 0.25, 0.01);
  EXPECT_NEAR(weights.max().item<double>(), 1.0 / 50 / 0.75, 1e-6);
  options.seed = 1;
  EXPECT_FALSE(at::equal(attend_heads(zeros, zeros, unit, lengths, options), weights));
  EXPECT_FALSE(at::equal(weights[0][0], weights[0][1]));
}

TEST(AttendHeads, RefusesWhatItHasNoKernelFor) {
  const Tensor x = at::zeros({1, 1, 2, 4});
  const Tensor lengths = at::ones({1}, at::kLong);
  EXPECT_THROW(attend_heads(x.to(at::kDouble), x, x, lengths, {}), c10::Error);
  EXPECT_THROW(attend_heads(x, at::zeros({1, 1, 2, 5}), x, lengths, {}), c10::Error);
  EXPECT_THROW(attend_heads(x, x, x, at::ones({2}, at::kLong), {}), c10::Error);
}

}  // namespace
}  // namespace regard
