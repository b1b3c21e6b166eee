#include "regard/layers/feed_forward.h"
#include "regard/tensor/torch.h"

#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

class PositionWise final : public SublayerFunction {
 public:
  PositionWise(const FeedForwardOptions& options, const SublayerSizes& sizes)
      : feed_forward_(options, sizes.widths.in, sizes.dropout.feed_forward) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* /*state*/) const override {
    return feed_forward_->forward(x, input.forward);
  }

  std::shared_ptr<torch::nn::Module> module() const override { return feed_forward_.ptr(); }
  std::string module_name() const override { return "network"; }

 private:
  FeedForward feed_forward_;
};

}  // namespace

std::unique_ptr<SublayerFunction> make_ffn(const SublayerOptions& options,
                                           const SublayerSizes& sizes, const std::string&) {
  return std::make_unique<PositionWise>(*options.ffn, sizes);
}

}  // namespace regard
