#include "regard/tensor/linear.h"

#include <cmath>
#include <optional>

#include <ATen/autocast_mode.h>

#include "regard/core/files.h"
#include "regard/core/random.h"
#include "regard/tensor/packed_weights.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

LinearImpl::LinearImpl(const LinearOptions& options) : options_(options) {
  weight = register_parameter("weight", torch::zeros({options.out, options.in}));
  if (options.has_bias) bias = register_parameter("bias", torch::zeros({options.out}));
}

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kFewRows = 32;  // for which packing the weights does not pay

/// y [rows, out] = x [rows, in] W^T + b with packed weights, and the gradient of x the same way. On
/// the CPU, in float32.
struct PackedLinear : torch::autograd::Function<PackedLinear> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const std::optional<Tensor>& bias, bool has_relu) {
    const Tensor in = x.contiguous();
    const PackedMatrix packed = pack_weights(weight, bias.value_or(Tensor()));
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = weight.size(0);
    Tensor y = at::empty(shape, x.options());
    packed.multiply(in.const_data_ptr<float>(), in.numel() / weight.size(1),
                    y.mutable_data_ptr<float>(), {.has_relu = has_relu});
    ctx->save_for_backward({in, weight, has_relu ? y : Tensor()});
    ctx->saved_data["has_bias"] = bias.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    const Tensor& x = saved[0];
    const Tensor& weight = saved[1];
    const Tensor& relu = saved[2];
    Tensor upstream = grads[0].contiguous();
    if (relu.defined()) upstream = at::threshold_backward(upstream, relu, 0.0);
    const std::int64_t rows = x.numel() / weight.size(1);
    const auto* of_y = upstream.const_data_ptr<float>();
    Tensor grad_x;
    Tensor grad_weight;
    Tensor grad_bias;
    if (ctx->needs_input_grad(0)) {
      grad_x = at::empty_like(x);
      pack_weights(weight.t(), {}).multiply(of_y, rows, grad_x.mutable_data_ptr<float>());
    }
    // With this many rows to add up, the general product is the faster one.
    if (ctx->needs_input_grad(1))
      grad_weight = at::mm(upstream.view({rows, -1}).t(), x.view({rows, -1}));
    if (ctx->saved_data["has_bias"].toBool() && ctx->needs_input_grad(2))
      grad_bias = upstream.view({rows, -1}).sum(0);
    return {grad_x, grad_weight, grad_bias, Tensor()};
  }
};

bool packs(const Tensor& x, const Tensor& weight) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat &&
         x.numel() >= kFewRows * weight.size(1) && weight.numel() > 0 &&
         !at::autocast::is_autocast_enabled(at::kCPU);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, bool has_relu) {
  if (packs(x, weight)) {
    // Autograd takes no undefined tensor.
    const auto added = bias.defined() ? std::optional<Tensor>(bias) : std::nullopt;
    return PackedLinear::apply(x, weight, added, has_relu);
  }
  const Tensor y = at::linear(x, weight, bias);
  return has_relu ? at::relu(y) : y;
}

}  // namespace

Tensor LinearImpl::forward(const Tensor& x) const {
  return linear(x, weight, bias, false);
}

Tensor LinearImpl::forward_relu(const Tensor& x) const {
  return linear(x, weight, bias, true);
}

Tensor LinearImpl::forward_rows(const Tensor& x, std::int64_t first, std::int64_t count) const {
  return linear(x, weight.narrow(0, first, count),
                bias.defined() ? bias.narrow(0, first, count) : Tensor(), false);
}

void LinearImpl::initialise(at::Generator& generator) {
  torch::NoGradGuard no_grad;
  const double fan_out = static_cast<double>(options_.out) / static_cast<double>(options_.fused);
  const double bound = std::sqrt(6.0 / (static_cast<double>(options_.in) + fan_out));
  weight.uniform_(-bound, bound, generator);
  if (bias.defined()) bias.zero_();
}

void initialise_parameters(torch::nn::Module& root, std::uint64_t seed) {
  for (const auto& item : root.named_modules("", /*include_self=*/true)) {
    auto* module = dynamic_cast<Initialisable*>(item.value().get());
    if (module == nullptr) continue;
    const auto use = static_cast<std::uint64_t>(RandomUse::initialise);
    at::Generator generator =
        at::make_generator<at::CPUGeneratorImpl>(derive_seed({seed, use, fingerprint(item.key())}));
    module->initialise(generator);
  }
}

}  // namespace regard
