#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "regard/core/strings.h"
#include "regard/formats/safetensors.h"
#include "regard/model/token_states.h"
#include "regard/model/weights.h"
#include "regard/tasks/translation.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"
#include "regard/train/loss.h"
#include "regard/train/schedule.h"
#include "regard/train/updater.h"

#include "support/tensor_near.h"
#include "support/tiny_model.h"

// Golden files: scripts/golden/make_training_golden.py, which trains models out of torch.nn in
// float64. Here, in float32, a gradient differs from theirs by rounding alone.

namespace regard {
namespace {

using test::expect_near;
using test::TokenRows;
using torch::Tensor;

constexpr std::int64_t kUpdates = 10;
constexpr double kTolerance = 1e-5;  // relative, of losses, norms and gradients
// Of the way that the weights go. Adam divides gradients by their size: the smallest ones have the
// largest relative errors, and move their weights as far as others do.
constexpr double kMovementTolerance = 2e-4;

struct Variant {
  const char* name;
  NormPlacement norm;
  Activation activation;
  Tie tie;
  std::int64_t source_vocabulary;
  std::int64_t target_vocabulary;
};

void PrintTo(const Variant& variant, std::ostream* out) {
  *out << variant.name;
}

constexpr Variant kPreNorm{"pre_norm", NormPlacement::pre, Activation::relu, Tie::all, 23, 23};
constexpr Variant kPostNorm{"post_norm", NormPlacement::post, Activation::gelu, Tie::none, 23, 19};

TrainingOptions training_options() {
  TrainingOptions options;
  options.optimizer.type = OptimizerType::adam;
  options.optimizer.beta1 = 0.9;
  options.optimizer.beta2 = 0.98;
  options.optimizer.epsilon = 1e-9;
  options.schedule.type = ScheduleType::inverse_sqrt;
  options.schedule.peak = 5e-3;
  options.schedule.warmup = 4;
  options.label_smoothing = 0.1;
  options.clip_norm = 1.0;
  return options;
}

/// The sentences of a batch, without marks.
struct Sentences {
  TokenRows sources;
  TokenRows targets;
};

/// What PyTorch started from and came to.
class Golden {
 public:
  explicit Golden(const Variant& variant)
      : file_(SafetensorsFile::open(str("tests/golden/train/", variant.name, ".safetensors"))) {}

  Tensor at(const std::string& name) const { return tensor_from(file_, name).clone(); }

  /// What follows `prefix` in the names that have it.
  std::set<std::string> names_after(const std::string& prefix) const {
    std::set<std::string> names;
    for (const std::string& name : file_.names()) {
      if (name.starts_with(prefix)) names.insert(name.substr(prefix.size()));
    }
    return names;
  }

  /// The batches repeat: update 1 has the first one.
  Sentences of_update(std::int64_t update) const {
    std::int64_t batches = 0;
    while (file_.contains(str("batch.", batches, ".source.ids")))
      ++batches;
    TORCH_CHECK(batches > 1, "too few batches");
    const std::string name = str("batch.", (update - 1) % batches, ".");
    return {rows(name + "source"), rows(name + "target")};
  }

 private:
  TokenRows rows(const std::string& name) const {
    const Tensor ids = at(name + ".ids");
    const Tensor lengths = at(name + ".lengths");
    TokenRows rows;
    for (std::int64_t i = 0; i < ids.size(0); ++i) {
      const Tensor row = ids[i].narrow(0, 0, lengths[i].item<std::int64_t>()).to(torch::kInt);
      const auto* first = row.const_data_ptr<std::int32_t>();
      rows.emplace_back(first, first + row.numel());
    }
    return rows;
  }

  SafetensorsFile file_;
};

Batch batch_of(const TokenRows& sources, const TokenRows& targets) {
  std::vector<std::int64_t> pairs(sources.size(), 0);
  return make_batch(test::spans_of(sources), test::spans_of(targets), pairs,
                    TokenRoles{}.batch_ids());
}

std::vector<Batch> whole(const Sentences& sentences) {
  return {batch_of(sentences.sources, sentences.targets)};
}

/// The first row, and the others: of different numbers of tokens.
std::vector<Batch> in_two(const Sentences& sentences) {
  const auto& [sources, targets] = sentences;
  return {batch_of({sources.front()}, {targets.front()}),
          batch_of({sources.begin() + 1, sources.end()}, {targets.begin() + 1, targets.end()})};
}

/// A model of the variant that starts from PyTorch's weights.
Seq2Seq model_of(const Variant& variant, const Golden& golden) {
  at::set_num_threads(1);
  ModelOptions options = test::tiny_options();
  options.norm = variant.norm;
  options.activation = variant.activation;
  options.tie = variant.tie;
  options.dropout = {0.0, 0.0, 0.0, 0.0};
  Seq2Seq model = make_model(options, variant.source_vocabulary, variant.target_vocabulary, 1);
  const torch::NoGradGuard no_grad;
  for (const auto& [name, weight] : named_weights(*model)) {
    const Tensor initial = golden.at("initial." + name);
    TORCH_CHECK(initial.sizes() == weight.sizes(), name, ": another shape");
    weight.detach().copy_(initial);
  }
  return model;
}

std::set<std::string> names_of(const NamedTensors& tensors) {
  std::set<std::string> names;
  for (const auto& item : tensors)
    names.insert(item.first);
  return names;
}

/// The difference is judged by the largest value of `expected`, which must not be all 0.
void expect_relative(const Tensor& actual, const Tensor& expected, double tolerance) {
  const double largest = expected.abs().max().item<double>();
  ASSERT_GT(largest, 0.0);
  expect_near(actual / largest, expected / largest, tolerance);
}

bool is_of_projections(const std::string& name) {
  return name.ends_with("in_projection.bias");
}

/// A bias of the keys adds the same to all scores of a query, which the softmax does not see: its
/// gradient is rounding alone, and so is where Adam moves it to.
Tensor without_key_bias(const std::string& name, const Tensor& tensor) {
  if (!is_of_projections(name)) return tensor;
  const auto parts = tensor.chunk(3);
  return at::cat({parts[0], parts[2]});
}

class PyTorchReference : public testing::TestWithParam<Variant> {
 protected:
  /// All updates, each of the micro-batches that `split` makes.
  void expect_same_training(std::vector<Batch> (*split)(const Sentences&)) const;

  const Golden golden_ = Golden(GetParam());
  Seq2Seq model_ = model_of(GetParam(), golden_);
};

TEST_P(PyTorchReference, HasTheSameParameters) {
  const std::set<std::string> names = names_of(named_weights(*model_));
  ASSERT_GT(names.size(), 60U);
  for (const char* prefix : {"initial.", "gradient.", "final."})
    EXPECT_EQ(golden_.names_after(prefix), names) << prefix;
}

TEST_P(PyTorchReference, HasTheSameGradients) {
  const TrainingOptions options = training_options();
  const Batch batch = whole(golden_.of_update(1)).front();
  const TokenStates states = forward_tokens(*model_, batch, ForwardContext{});
  const Loss loss = smoothed_cross_entropy(states.hidden, model_->output_weight(), states.targets,
                                           options.label_smoothing);
  (loss.smoothed / static_cast<double>(batch.target_tokens)).backward();
  const NamedTensors parameters = named_weights(*model_);
  ASSERT_FALSE(parameters.empty());
  for (const auto& [name, parameter] : parameters) {
    SCOPED_TRACE(name);
    const Tensor expected = golden_.at("gradient." + name);
    ASSERT_TRUE(parameter.grad().defined());
    expect_relative(parameter.grad(), expected, kTolerance);
    if (!is_of_projections(name)) continue;
    EXPECT_LT(expected.chunk(3)[1].abs().max().item<double>(), 1e-9);
    EXPECT_LT(parameter.grad().chunk(3)[1].abs().max().item<double>(), 1e-6);
  }
}

void PyTorchReference::expect_same_training(std::vector<Batch> (*split)(const Sentences&)) const {
  const TrainingOptions options = training_options();
  TranslationObjective objective(model_, options);
  Updater updater(objective, options, /*seed=*/1, torch::kCPU);
  std::vector<double> losses;
  std::vector<double> norms;
  for (std::int64_t update = 1; update <= kUpdates; ++update) {
    updater.run(split(golden_.of_update(update)), update,
                learning_rate(options.schedule, update, RateInputs{}));
    const UpdateSums sums = updater.take_sums();
    ASSERT_EQ(sums.updates, 1);
    losses.push_back(sums.loss / sums.target_tokens);
    norms.push_back(sums.gradient_norm);
  }
  // Each number on its own: losses of all updates must be right, not only the largest.
  expect_near(torch::tensor(losses, torch::kDouble) / golden_.at("losses"),
              at::ones({kUpdates}, torch::kDouble), kTolerance);
  expect_near(torch::tensor(norms, torch::kDouble) / golden_.at("gradient_norms"),
              at::ones({kUpdates}, torch::kDouble), kTolerance);
  for (const auto& [name, weight] : named_weights(*model_)) {
    SCOPED_TRACE(name);
    const Tensor initial = golden_.at("initial." + name);
    const Tensor expected = golden_.at("final." + name);
    expect_relative(without_key_bias(name, weight.detach() - initial),
                    without_key_bias(name, expected - initial), kMovementTolerance);
  }
}

TEST_P(PyTorchReference, TrainsInTheSameSteps) {
  expect_same_training(whole);
}

TEST_P(PyTorchReference, TrainsInTheSameStepsOfTwoMicroBatches) {
  const std::vector<Batch> parts = in_two(golden_.of_update(1));
  ASSERT_EQ(parts.size(), 2U);
  ASSERT_NE(parts[0].target_tokens, parts[1].target_tokens);
  expect_same_training(in_two);
}

INSTANTIATE_TEST_SUITE_P(Models, PyTorchReference, testing::Values(kPreNorm, kPostNorm),
                         [](const auto& variant) {
                           return variant.param.norm == NormPlacement::pre ? "PreNorm" : "PostNorm";
                         });

}  // namespace
}  // namespace regard
