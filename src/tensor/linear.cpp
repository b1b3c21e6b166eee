#include "regard/tensor/linear.h"

#include <cmath>

#include <torch/torch.h>

#include "regard/core/files.h"
#include "regard/core/random.h"

namespace regard {

using torch::Tensor;

LinearImpl::LinearImpl(const LinearOptions& options) : options_(options) {
  weight = register_parameter("weight", torch::zeros({options.out, options.in}));
  if (options.has_bias) bias = register_parameter("bias", torch::zeros({options.out}));
}

Tensor LinearImpl::forward(const Tensor& x) const {
  return at::linear(x, weight, bias);
}

Tensor LinearImpl::forward_rows(const Tensor& x, std::int64_t first, std::int64_t count) const {
  return at::linear(x, weight.narrow(0, first, count),
                    bias.defined() ? bias.narrow(0, first, count) : Tensor());
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
