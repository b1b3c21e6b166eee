#include "regard/tensor/linear.h"
#include "regard/tensor/torch.h"

#include "layers/gated_mean.h"
#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

/// The simpler simple recurrent unit (Kim et al. 2019, "From Research to Production and Back:
/// Ludicrously Fast Neural Machine Translation", section 3.1). With x_t, the input at position t:
///   f_t = sigmoid(W_f x_t + b_f)
///   c_t = f_t * c_(t-1) + (1 - f_t) * W x_t,  c_0 = 0
///   output relu(c_t)
/// Positions see none after them, so padding at the end changes nothing in front of it.
class SsruImpl : public torch::nn::Module {
 public:
  explicit SsruImpl(std::int64_t dim)
      : forget_(register_module("forget", Linear(LinearOptions{dim, dim}))),
        input_(register_module("input", Linear(LinearOptions{dim, dim, false}))) {}

  /// x [batch, positions, dim], after positions that left the cell `cell` [batch, dim] (undefined:
  /// there were none), which becomes that of the last -> the shape of x.
  Tensor forward(const Tensor& x, Tensor& cell) const {
    // The cell lasts for the whole sentence: in float32 even where the network computes in
    // bfloat16.
    const auto type = x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
    const Tensor gates = at::sigmoid(forget_->forward(x).to(type));
    const Tensor cells = gated_mean(gates, input_->forward(x).to(type), cell);
    cell = cells.select(1, -1);
    return at::relu(cells).to(x.scalar_type());
  }

 private:
  Linear forget_;
  Linear input_;
};
TORCH_MODULE(Ssru);

class SsruFunction final : public SublayerFunction {
 public:
  explicit SsruFunction(std::int64_t dim) : ssru_(dim) {}
  Tensor apply(const Tensor& x, const BlockInput& /*input*/, SublayerState* state) const override {
    Tensor cell;
    if (state == nullptr) return ssru_->forward(x, cell);
    if (!state->rows.empty()) cell = state->rows[0];
    const Tensor out = ssru_->forward(x, cell);
    state->rows = {cell};
    return out;
  }

  std::shared_ptr<torch::nn::Module> module() const override { return ssru_.ptr(); }
  std::string module_name() const override { return "ssru"; }

 private:
  Ssru ssru_;
};

}  // namespace

std::unique_ptr<SublayerFunction> make_ssru(const SublayerOptions&, const SublayerSizes& sizes,
                                            const std::string&) {
  return std::make_unique<SsruFunction>(sizes.widths.in);
}

}  // namespace regard
