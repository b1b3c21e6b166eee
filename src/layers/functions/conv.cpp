#include "regard/layers/convolution.h"
#include "regard/tensor/torch.h"

#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

class Convolutions final : public SublayerFunction {
 public:
  Convolutions(const ConvOptions& options, const SublayerSizes& sizes)
      : convolution_(options, sizes.widths.in) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    return state == nullptr ? convolution_->forward(x, input.mask)
                            : convolution_->forward_from(x, state->rows);
  }

  std::shared_ptr<torch::nn::Module> module() const override { return convolution_.ptr(); }
  std::string module_name() const override { return "layer"; }

 private:
  Convolution convolution_;
};

}  // namespace

std::unique_ptr<SublayerFunction> make_conv(const SublayerOptions& options,
                                            const SublayerSizes& sizes, const std::string&) {
  return std::make_unique<Convolutions>(*options.conv, sizes);
}

}  // namespace regard
