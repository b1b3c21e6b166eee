#include "regard/tensor/torch.h"

#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

class CrossAttention final : public AttentionFunction {
 public:
  CrossAttention(const AttentionOptions& options, const SublayerSizes& sizes, std::string name)
      : AttentionFunction(options, {sizes.widths.in, sizes.widths.source, sizes.dropout.attention},
                          std::move(name)) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    AttentionCall call{input.forward, is_recorded(input), input.first_position};
    if (state == nullptr) call.queries = &input.mask;
    const AttentionResult result =
        state == nullptr
            ? attention_->attend(x, attention_->project(*input.source, *input.source_mask), call)
            : attention_->attend(x, state->memory, call);
    record(input, result);
    return result.context;
  }
  void start(const Tensor& source, const SequenceMask& mask, SublayerState& state) const override {
    state.memory = attention_->project(source, mask);
  }
};

}  // namespace

std::unique_ptr<SublayerFunction> make_cross_attention(const SublayerOptions& options,
                                                       const SublayerSizes& sizes,
                                                       const std::string& name) {
  return std::make_unique<CrossAttention>(*options.cross_attention, sizes, name);
}

}  // namespace regard
