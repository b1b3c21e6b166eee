#include "sublayer_functions.h"

#include "regard/layers/convolution.h"
#include "regard/layers/feed_forward.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

bool is_recorded(const BlockInput& input, const std::string& name) {
  const std::string* only = input.forward.only_recorded;
  return input.records != nullptr && (only == nullptr || *only == name);
}

void record(const BlockInput& input, const std::string& name, const AttentionImpl& attention,
            const AttentionResult& result) {
  if (!is_recorded(input, name)) return;
  const bool is_by_feature = attention.options().granularity == Granularity::feature;
  input.records->push_back({name, result.weights, result.extras, is_by_feature});
}

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

class CrossAttention final : public SublayerFunction {
 public:
  CrossAttention(const AttentionOptions& options, const SublayerSizes& sizes, std::string name)
      : name_(std::move(name)),
        attention_(options,
                   AttentionSizes{sizes.widths.in, sizes.widths.source, sizes.dropout.attention}) {}
  Tensor apply(const Tensor& x, const BlockInput& input, SublayerState* state) const override {
    AttentionCall call{input.forward, is_recorded(input, name_), input.first_position};
    if (state == nullptr) call.queries = &input.mask;
    const AttentionResult result =
        state == nullptr
            ? attention_->attend(x, attention_->project(*input.source, *input.source_mask), call)
            : attention_->attend(x, state->memory, call);
    record(input, name_, *attention_, result);
    return result.context;
  }
  void start(const Tensor& source, const SequenceMask& mask, SublayerState& state) const override {
    state.memory = attention_->project(source, mask);
  }

  std::shared_ptr<torch::nn::Module> module() const override { return attention_.ptr(); }
  std::string module_name() const override { return "attention"; }

 private:
  std::string name_;
  Attention attention_;
};

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

std::unique_ptr<SublayerFunction> make_function(const SublayerOptions& options,
                                                const SublayerSizes& sizes,
                                                const std::string& name) {
  if (options.self_attention)
    return std::make_unique<SelfAttention>(*options.self_attention, sizes, name);
  if (options.cross_attention)
    return std::make_unique<CrossAttention>(*options.cross_attention, sizes, name);
  if (options.rnn) return std::make_unique<RecurrentLayer>(*options.rnn, sizes);
  if (options.conv) return std::make_unique<Convolutions>(*options.conv, sizes);
  TORCH_CHECK(options.ffn.has_value(), "a sublayer without a type");
  return std::make_unique<PositionWise>(*options.ffn, sizes);
}

}  // namespace regard
