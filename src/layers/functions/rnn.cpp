#include "regard/layers/recurrent.h"
#include "regard/tensor/torch.h"

#include "layers/sublayer_functions.h"

namespace regard {

using torch::Tensor;

namespace {

class RecurrentLayer final : public SublayerFunction {
 public:
  RecurrentLayer(const RnnOptions& options, const SublayerSizes& sizes)
      : recurrent_(options, RecurrentSizes{sizes.widths.in,
                                           options.hidden > 0 ? options.hidden : sizes.widths.in}) {
  }
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    if (state == nullptr) {
      RecurrentState last;
      const Tensor out = recurrent_->forward(x, input.mask, &last);
      if (input.finals != nullptr) input.finals->push_back(last);
      return out;
    }
    RecurrentState current = recurrent_->zero_state(x.size(0), x);
    if (!state->rows.empty()) current.hidden = state->rows[0];
    if (state->rows.size() > 1) current.cell = state->rows[1];
    const Tensor out = recurrent_->forward_from(x, current);
    state->rows = {current.hidden};
    if (current.cell.defined()) state->rows.push_back(current.cell);
    return out;
  }

  std::shared_ptr<torch::nn::Module> module() const override { return recurrent_.ptr(); }
  std::string module_name() const override { return "layer"; }

 private:
  Recurrent recurrent_;
};

}  // namespace

std::unique_ptr<SublayerFunction> make_rnn(const SublayerOptions& options,
                                           const SublayerSizes& sizes, const std::string&) {
  return std::make_unique<RecurrentLayer>(*options.rnn, sizes);
}

}  // namespace regard
