#include "regard/tensor/dropout.h"

#include <algorithm>
#include <cstdint>

#include "regard/engine/parallel.h"
#include "regard/engine/vector_clones.h"
#include "regard/tensor/torch.h"

#include "dropout_mask.h"

namespace regard {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

REGARD_VECTOR_CLONES
void apply_mask(const float* x, float* y, std::int64_t begin, std::int64_t end, DropoutMask mask) {
  for (std::int64_t i = begin; i < end; ++i)
    y[i] = mask.keeps(i) ? x[i] * mask.scale : 0.0F;
}

REGARD_VECTOR_CLONES
void add_masked(const float* residual, const float* x, float* y, std::int64_t begin,
                std::int64_t end, DropoutMask mask) {
  for (std::int64_t i = begin; i < end; ++i)
    y[i] = residual[i] + (mask.keeps(i) ? x[i] * mask.scale : 0.0F);
}

constexpr std::int64_t kBlock = 1 << 12;      // elements
constexpr std::int64_t kBlocksOfAThread = 8;  // blocks of a thread

/// Parts begin at whole blocks: a sum may be rounded otherwise in the last, incomplete vector of a
/// loop, and where that is must not depend on the number of threads.
template <class Work>
void for_blocks(std::int64_t elements, const Work& work) {
  const std::int64_t blocks = (elements + kBlock - 1) / kBlock;
  parallel_for(0, blocks, kBlocksOfAThread, [&](std::int64_t begin, std::int64_t end) {
    work(begin * kBlock, std::min(end * kBlock, elements));
  });
}

bool has_mask_kernel(const Tensor& x) {
  return x.is_cpu() && x.scalar_type() == torch::kFloat32;
}

/// The mask as a tensor of 0 and 1 / (1 - p), for devices and types without a kernel of ours. It is
/// drawn contiguous: in the strides of `like`, a gradient of other strides than x would get another
/// mask.
Tensor mask_tensor(const Tensor& like, std::int64_t seed, double probability) {
  at::Generator generator = at::globalContext().defaultGenerator(like.device()).clone();
  generator.set_current_seed(static_cast<std::uint64_t>(seed));
  return at::empty_like(like, at::MemoryFormat::Contiguous)
      .bernoulli_(1.0 - probability, generator)
      .div_(1.0 - probability);
}

Tensor masked(const Tensor& x, std::int64_t seed, double probability) {
  if (!has_mask_kernel(x)) return x * mask_tensor(x, seed, probability);
  const Tensor in = x.contiguous();
  Tensor out = at::empty_like(in);
  const float* from = in.const_data_ptr<float>();
  float* to = out.mutable_data_ptr<float>();
  const DropoutMask mask(seed, probability);
  for_blocks(in.numel(),
             [&](std::int64_t begin, std::int64_t end) { apply_mask(from, to, begin, end, mask); });
  return out;
}

Tensor residual_plus_masked(const Tensor& residual, const Tensor& x, std::int64_t seed,
                            double probability) {
  if (!has_mask_kernel(x)) return residual + masked(x, seed, probability);
  const Tensor left = residual.contiguous();
  const Tensor in = x.contiguous();
  Tensor out = at::empty_like(in);
  const float* base = left.const_data_ptr<float>();
  const float* from = in.const_data_ptr<float>();
  float* to = out.mutable_data_ptr<float>();
  const DropoutMask mask(seed, probability);
  for_blocks(in.numel(), [&](std::int64_t begin, std::int64_t end) {
    add_masked(base, from, to, begin, end, mask);
  });
  return out;
}

struct DropoutFunction : torch::autograd::Function<DropoutFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, std::int64_t seed,
                        double probability) {
    ctx->saved_data["seed"] = seed;
    ctx->saved_data["probability"] = probability;
    return masked(x, seed, probability);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {masked(grads[0], ctx->saved_data["seed"].toInt(),
                   ctx->saved_data["probability"].toDouble()),
            Tensor(), Tensor()};
  }
};

struct AddDropoutFunction : torch::autograd::Function<AddDropoutFunction> {
  static Tensor forward(AutogradContext* ctx, const Tensor& residual, const Tensor& x,
                        std::int64_t seed, double probability) {
    ctx->saved_data["seed"] = seed;
    ctx->saved_data["probability"] = probability;
    return residual_plus_masked(residual, x, seed, probability);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {grads[0],
            masked(grads[0], ctx->saved_data["seed"].toInt(),
                   ctx->saved_data["probability"].toDouble()),
            Tensor(), Tensor()};
  }
};

bool drops(double probability, const ForwardContext& context) {
  return context.is_training() && probability > 0.0;
}

std::int64_t next_seed(const ForwardContext& context) {
  return static_cast<std::int64_t>(context.dropout->next());
}

}  // namespace

Tensor dropout(const Tensor& x, double probability, const ForwardContext& context) {
  if (!drops(probability, context)) return x;
  return DropoutFunction::apply(x, next_seed(context), probability);
}

Tensor add_dropout(const Tensor& residual, const Tensor& x, double probability,
                   const ForwardContext& context) {
  TORCH_CHECK(residual.sizes() == x.sizes(), "add_dropout: shapes differ");
  if (!drops(probability, context)) return residual + x;
  // Under autocast x is bfloat16 and the residual float32, for which there is a kernel.
  return AddDropoutFunction::apply(residual, x.to(residual.scalar_type()), next_seed(context),
                                   probability);
}

}  // namespace regard
