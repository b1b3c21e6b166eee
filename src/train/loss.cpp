#include "regard/train/loss.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <ATen/autocast_mode.h>

#include "regard/engine/fast_exp.h"
#include "regard/engine/parallel.h"
#include "regard/engine/vector_clones.h"
#include "regard/tensor/checks.h"
#include "regard/tensor/packed_weights.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kSlice = 256;  // tokens whose logits exist at a time: 8 MB for 8,000 classes
constexpr int kLanes = 16;            // partial sums, so that the compiler may use vector registers

struct RowLoss {
  double smoothed = 0;
  double likelihood = 0;
};

/// Turns one row of logits into the gradient softmax(z) - q, q the smoothed target, and gives its
/// losses.
REGARD_VECTOR_CLONES
RowLoss gradient_in_place(float* z, std::int64_t classes, std::int64_t target, double epsilon) {
  float top[kLanes];
  float sums[kLanes];
  for (int lane = 0; lane < kLanes; ++lane) {
    top[lane] = -std::numeric_limits<float>::infinity();
    sums[lane] = 0;
  }
  const std::int64_t whole = classes - classes % kLanes;
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      top[lane] = z[i + lane] > top[lane] ? z[i + lane] : top[lane];
      sums[lane] += z[i + lane];
    }
  }
  float most = top[0];
  double sum_of_logits = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    most = std::max(most, top[lane]);
    sum_of_logits += sums[lane];
    sums[lane] = 0;
  }
  for (std::int64_t i = whole; i < classes; ++i) {
    most = std::max(most, z[i]);
    sum_of_logits += z[i];
  }
  const double target_logit = z[target];
  for (std::int64_t i = 0; i < whole; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) {
      z[i + lane] = exp_of_negative(z[i + lane] - most);
      sums[lane] += z[i + lane];
    }
  }
  double total = 0;
  for (int lane = 0; lane < kLanes; ++lane)
    total += sums[lane];
  for (std::int64_t i = whole; i < classes; ++i) {
    z[i] = exp_of_negative(z[i] - most);
    total += z[i];
  }
  const auto inverse = static_cast<float>(1.0 / total);
  const auto spread = static_cast<float>(epsilon / static_cast<double>(classes));
  for (std::int64_t i = 0; i < classes; ++i)
    z[i] = z[i] * inverse - spread;
  z[target] -= static_cast<float>(1.0 - epsilon);
  const double log_total = std::log(total) + most;
  const double mean_logit = sum_of_logits / static_cast<double>(classes);
  return {log_total - (1.0 - epsilon) * target_logit - epsilon * mean_logit,
          log_total - target_logit};
}

/// The same for the rows of a slice [rows, classes]; adds up the smoothed losses in a fixed order
/// and writes each row's unsmoothed one to `likelihoods` [rows].
double slice_gradient(Tensor& logits, const std::int64_t* targets, double epsilon,
                      double* likelihoods) {
  const std::int64_t rows = logits.size(0);
  const std::int64_t classes = logits.size(1);
  auto* data = logits.mutable_data_ptr<float>();
  std::vector<RowLoss> losses(static_cast<std::size_t>(rows));
  parallel_for(0, rows, 8, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      losses[static_cast<std::size_t>(row)] =
          gradient_in_place(data + row * classes, classes, targets[row], epsilon);
    }
  });
  double sum = 0;
  for (const RowLoss& loss : losses) {
    sum += loss.smoothed;
    *likelihoods++ = loss.likelihood;
  }
  return sum;
}

/// Computes losses and, at once, the gradients for hidden, weight and bias; backward only scales
/// them.
struct SlicedCrossEntropy : torch::autograd::Function<SlicedCrossEntropy> {
  static variable_list forward(AutogradContext* ctx, const Tensor& hidden, const Tensor& weight,
                               const std::optional<Tensor>& added, const Tensor& targets,
                               double epsilon, bool needs_gradient) {
    const std::int64_t tokens = hidden.size(0);
    const std::int64_t classes = weight.size(0);
    const Tensor bias = added.value_or(Tensor());
    const Tensor states = hidden.contiguous();
    const Tensor labels = targets.contiguous();
    Tensor hidden_gradient = needs_gradient ? at::empty_like(states) : Tensor();
    Tensor weight_gradient = needs_gradient ? at::zeros_like(weight) : Tensor();
    Tensor bias_gradient = needs_gradient && bias.defined() ? at::zeros_like(bias) : Tensor();
    Tensor buffer = at::empty({std::min(kSlice, tokens), classes}, states.options());
    Tensor likelihoods = at::empty({tokens}, at::TensorOptions().dtype(at::kDouble));
    const PackedMatrix forwards = pack_weights(weight, bias);
    const PackedMatrix backwards = needs_gradient ? pack_weights(weight.t(), {}) : PackedMatrix();
    double sum = 0;
    for (std::int64_t first = 0; first < tokens; first += kSlice) {
      const std::int64_t rows = std::min(kSlice, tokens - first);
      Tensor logits = buffer.narrow(0, 0, rows);
      const Tensor slice = states.narrow(0, first, rows);
      forwards.multiply(slice.const_data_ptr<float>(), rows, logits.mutable_data_ptr<float>());
      sum += slice_gradient(logits, labels.const_data_ptr<std::int64_t>() + first, epsilon,
                            likelihoods.mutable_data_ptr<double>() + first);
      if (!needs_gradient) continue;
      Tensor out = hidden_gradient.narrow(0, first, rows);
      backwards.multiply(logits.const_data_ptr<float>(), rows, out.mutable_data_ptr<float>());
      weight_gradient.addmm_(logits.t(), slice);
      if (bias_gradient.defined()) bias_gradient.add_(logits.sum(0));
    }
    ctx->save_for_backward({hidden_gradient, weight_gradient, bias_gradient});
    ctx->mark_non_differentiable({likelihoods});
    return {at::scalar_tensor(sum, likelihoods.options()), likelihoods};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const double scale = grads[0].item<double>();
    const Tensor grad_bias = saved[2].defined() ? saved[2].mul_(scale) : Tensor();
    return {saved[0].mul_(scale), saved[1].mul_(scale), grad_bias, Tensor(), Tensor(), Tensor()};
  }
};

constexpr std::int64_t kGeneralSlice = 8192;  // tokens whose logits exist at a time

/// The same with LibTorch's operations, for other devices and types. Products are computed in the
/// type of the logits, or in that of autocast; what is between them in float32 at least.
struct GeneralCrossEntropy : torch::autograd::Function<GeneralCrossEntropy> {
  /// Losses of a slice; turns its logits into their gradients.
  struct Slice {
    Tensor smoothed;    // []
    Tensor likelihood;  // [rows]

    Slice(Tensor& logits, const Tensor& targets, double epsilon) {
      const Tensor log_total = logits.logsumexp(1);
      likelihood = log_total - logits.gather(1, targets.unsqueeze(1)).squeeze(1);
      smoothed = ((1.0 - epsilon) * likelihood + epsilon * (log_total - logits.mean(1))).sum();
      const double spread = epsilon / static_cast<double>(logits.size(1));
      logits.sub_(log_total.unsqueeze(1)).exp_().sub_(spread);
      const Tensor share = at::full({targets.size(0), 1}, epsilon - 1.0, logits.options());
      logits.scatter_add_(1, targets.unsqueeze(1), share);
    }
  };

  static variable_list forward(AutogradContext* ctx, const Tensor& hidden, const Tensor& weight,
                               const std::optional<Tensor>& bias, const Tensor& targets,
                               double epsilon, bool needs_gradient) {
    const auto device = hidden.device().type();
    const at::ScalarType type = at::autocast::is_autocast_enabled(device)
                                    ? at::autocast::get_autocast_dtype(device)
                                    : hidden.scalar_type();
    const at::ScalarType sums = at::promote_types(type, at::kFloat);
    const Tensor matrix = weight.to(type);
    Tensor grad_hidden = needs_gradient ? at::empty_like(hidden) : Tensor();
    Tensor grad_weight = needs_gradient ? at::zeros_like(weight) : Tensor();
    Tensor grad_bias = needs_gradient && bias ? at::zeros_like(*bias) : Tensor();
    Tensor sum = at::zeros({}, hidden.options().dtype(at::kDouble));
    std::vector<Tensor> likelihoods;
    for (std::int64_t first = 0; first < hidden.size(0); first += kGeneralSlice) {
      const std::int64_t rows = std::min(kGeneralSlice, hidden.size(0) - first);
      const Tensor states = hidden.narrow(0, first, rows).to(type);
      Tensor logits = at::mm(states, matrix.t()).to(sums);
      if (bias) logits.add_(bias->to(sums));
      const Slice slice(logits, targets.narrow(0, first, rows), epsilon);
      sum.add_(slice.smoothed);
      likelihoods.push_back(slice.likelihood.to(at::kDouble));
      if (!needs_gradient) continue;
      const Tensor gradient = logits.to(type);
      grad_hidden.narrow(0, first, rows).copy_(at::mm(gradient, matrix));
      grad_weight.add_(at::mm(gradient.t(), states));
      if (grad_bias.defined()) grad_bias.add_(logits.sum(0));
    }
    ctx->save_for_backward({grad_hidden, grad_weight, grad_bias});
    const Tensor of_tokens =
        likelihoods.empty() ? at::zeros({0}, sum.options()) : at::cat(likelihoods);
    ctx->mark_non_differentiable({of_tokens});
    return {sum, of_tokens};
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    variable_list scaled;
    for (const Tensor& saved : ctx->get_saved_variables())
      scaled.push_back(saved.defined() ? saved * grads[0].to(saved.scalar_type()) : Tensor());
    return {scaled[0], scaled[1], scaled[2], Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Loss smoothed_cross_entropy(const Tensor& hidden, const OutputLayer& output, const Tensor& targets,
                            double epsilon) {
  const Tensor& weight = output.weight;
  const Tensor& bias = output.bias;
  check_shape(hidden, {targets.size(0), weight.size(1)}, "hidden [tokens, dim]");
  if (bias.defined()) check_shape(bias, {weight.size(0)}, "output bias [V]");
  const auto is_plain = [](const Tensor& x) { return x.scalar_type() == at::kFloat; };
  const bool has_kernel = hidden.is_cpu() && is_plain(hidden) && is_plain(weight) &&
                          (!bias.defined() || is_plain(bias));
  const bool learns =
      at::GradMode::is_enabled() && (hidden.requires_grad() || weight.requires_grad() ||
                                     (bias.defined() && bias.requires_grad()));
  // Autograd takes no undefined tensor.
  const auto added = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
  const variable_list out =
      has_kernel ? SlicedCrossEntropy::apply(hidden, weight, added, targets, epsilon, learns)
                 : GeneralCrossEntropy::apply(hidden, weight, added, targets, epsilon, learns);
  return {out[0], out[1].sum(), out[1]};
}

}  // namespace regard
