#include "recomputed.h"

#include <optional>
#include <utility>

#include <ATen/autocast_mode.h>

#include "regard/tensor/precision.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

/// What the second pass needs to be the first one again.
struct Repetition : torch::CustomClassHolder {
  BlockPass pass;
  RandomStream random;  // as it was before the first pass
  Profile* profile;
  bool is_autocast;

  Repetition(BlockPass again, const ForwardContext& context, const c10::Device& device)
      : pass(std::move(again)),
        random(*context.dropout),
        profile(context.profile),
        is_autocast(at::autocast::is_autocast_enabled(device.type())) {}
};

Tensor leaf(const Tensor& tensor) {
  return tensor.defined() ? tensor.detach().requires_grad_() : Tensor();
}

struct RecomputedBlock : torch::autograd::Function<RecomputedBlock> {
  /// `anchor` has a gradient, so that the result has one whatever the inputs.
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const std::optional<Tensor>& source,
                        const Tensor& /*anchor*/, c10::intrusive_ptr<Repetition> repetition,
                        const ForwardContext& context) {
    const BlockTensors tensors{x, source.value_or(Tensor())};
    ctx->save_for_backward({tensors.x, tensors.source});
    const BlockPass& pass = repetition->pass;
    Tensor y = pass(tensors, context);
    ctx->saved_data["repetition"] = c10::IValue::make_capsule(std::move(repetition));
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto capsule = ctx->saved_data["repetition"].toCapsule();
    const auto& repetition = static_cast<const Repetition&>(*capsule);
    const variable_list saved = ctx->get_saved_variables();
    const BlockTensors tensors{leaf(saved[0]), leaf(saved[1])};
    Tensor y;
    {
      const at::AutoGradMode with_gradients(true);
      const AutocastScope autocast(tensors.x.device(), repetition.is_autocast);
      RandomStream random = repetition.random;
      y = repetition.pass(tensors, ForwardContext{&random, repetition.profile});
    }
    torch::autograd::backward({y}, {grads[0]});
    return {tensors.x.grad(), tensors.source.defined() ? tensors.source.grad() : Tensor(), Tensor(),
            Tensor(), Tensor()};
  }
};

}  // namespace

Tensor recomputed(const BlockTensors& tensors, const ForwardContext& context, BlockPass pass) {
  auto repetition = c10::make_intrusive<Repetition>(std::move(pass), context, tensors.x.device());
  const Tensor anchor = at::empty({0}, tensors.x.options()).requires_grad_();
  // Autograd takes no undefined tensor.
  const auto source =
      tensors.source.defined() ? std::optional<Tensor>(tensors.source) : std::nullopt;
  return RecomputedBlock::apply(tensors.x, source, anchor, std::move(repetition), context);
}

}  // namespace regard
