#include "regard/tensor/torch.h"

#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

class SelfAttention final : public AttentionFunction {
 public:
  SelfAttention(const AttentionOptions& options, const SublayerSizes& sizes, std::string name)
      : AttentionFunction(options, {sizes.widths.in, sizes.widths.in, sizes.dropout.attention},
                          std::move(name)) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    const AttentionCall call{input.forward, is_recorded(input), 0};
    const AttentionResult result =
        attention_->attend_self(x, input.mask, call, state == nullptr ? nullptr : &state->cache);
    record(input, result);
    return result.context;
  }
};

}  // namespace

std::unique_ptr<SublayerFunction> make_self_attention(const SublayerOptions& options,
                                                      const SublayerSizes& sizes,
                                                      const std::string& name) {
  return std::make_unique<SelfAttention>(*options.self_attention, sizes, name);
}

}  // namespace regard
