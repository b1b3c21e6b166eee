#include "regard/layers/feed_forward.h"
#include "regard/tensor/torch.h"

#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

/// Average attention (Zhang et al. 2018, "Accelerating Neural Transformer via an Average Attention
/// Network", eq. 1 to 3). With x_t, the input at position t:
///   y_t = FFN((x_1 + ... + x_t) / t)
///   [i_t; f_t] = sigmoid(W [x_t; y_t] + b)
///   output i_t * x_t + f_t * y_t, or y_t without gates.
/// Positions see none after them, so padding at the end changes nothing in front of it.
class AverageAttentionImpl : public torch::nn::Module {
 public:
  AverageAttentionImpl(const AverageOptions& options, std::int64_t dim, double dropout) {
    if (options.ffn > 0) {
      const FeedForwardOptions network{options.ffn, Activation::relu, false, true};
      network_ = register_module("network", FeedForward(network, dim, dropout));
    }
    if (options.gate)
      gates_ = register_module("gates", Linear(LinearOptions{2 * dim, 2 * dim, true, 2}));
  }

  /// x [batch, positions, dim], the first of them at `first`, after positions whose sum is `sum`
  /// [batch, dim] (undefined where first is 0), which becomes the sum of all -> the shape of x.
  Tensor forward(const Tensor& x, const ForwardContext& context, std::int64_t first,
                 Tensor& sum) const {
    // Many positions are added up, so in float32 even where the network computes in bfloat16.
    const auto type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    Tensor sums = at::cumsum(x, 1, type);
    if (sum.defined()) sums = sums + sum.unsqueeze(1);
    sum = sums.select(1, -1);
    const Tensor counts = at::arange(first + 1, first + 1 + x.size(1), sums.options());
    Tensor y = (sums / counts.unsqueeze(-1)).to(x.scalar_type());
    if (network_) y = network_->forward(y, context);
    if (!gates_) return y;
    const auto gates = at::sigmoid(gates_->forward(at::cat({x, y}, -1))).chunk(2, -1);
    return gates[0] * x + gates[1] * y;
  }

 private:
  FeedForward network_{nullptr};
  Linear gates_{nullptr};  // rows of i, then of f; columns of x, then of y
};
TORCH_MODULE(AverageAttention);

class Average final : public SublayerFunction {
 public:
  Average(const AverageOptions& options, const SublayerSizes& sizes)
      : average_(options, sizes.widths.in, sizes.dropout.feed_forward) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    Tensor sum;
    if (state == nullptr) return average_->forward(x, input.forward, 0, sum);
    if (!state->rows.empty()) sum = state->rows[0];
    const Tensor out = average_->forward(x, input.forward, input.first_position, sum);
    state->rows = {sum};
    return out;
  }

  std::shared_ptr<torch::nn::Module> module() const override { return average_.ptr(); }
  std::string module_name() const override { return "average"; }

 private:
  AverageAttention average_;
};

}  // namespace

std::unique_ptr<SublayerFunction> make_average(const SublayerOptions& options,
                                               const SublayerSizes& sizes, const std::string&) {
  return std::make_unique<Average>(*options.average, sizes);
}

}  // namespace regard
