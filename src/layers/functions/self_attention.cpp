#include "regard/tensor/torch.h"

#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

class SelfAttention final : public SublayerFunction {
 public:
  SelfAttention(const AttentionOptions& options, const SublayerSizes& sizes, std::string name)
      : name_(std::move(name)),
        attention_(options,
                   AttentionSizes{sizes.widths.in, sizes.widths.in, sizes.dropout.attention}) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    const AttentionCall call{input.forward, is_recorded(input, name_), 0};
    const AttentionResult result =
        attention_->attend_self(x, input.mask, call, state == nullptr ? nullptr : &state->cache);
    record(input, name_, *attention_, result);
    return result.context;
  }

  std::shared_ptr<torch::nn::Module> module() const override { return attention_.ptr(); }
  std::string module_name() const override { return "attention"; }

 private:
  std::string name_;
  Attention attention_;
};

}  // namespace

std::unique_ptr<SublayerFunction> make_self_attention(const SublayerOptions& options,
                                                      const SublayerSizes& sizes,
                                                      const std::string& name) {
  return std::make_unique<SelfAttention>(*options.self_attention, sizes, name);
}

}  // namespace regard
