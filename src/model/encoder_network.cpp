#include "regard/model/encoder_network.h"

#include "regard/tensor/dropout.h"
#include "regard/tensor/initialise.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

EncoderNetworkImpl::EncoderNetworkImpl(const ModelOptions& options, std::int64_t vocabulary,
                                       const HeadMaker& make_head)
    : NetworkImpl(options), vocabulary_(vocabulary), encoder_(options, vocabulary) {
  TORCH_CHECK(options.encoder && options.head, "the model options are not expanded");
  register_module("encoder", encoder_);
  head_ =
      register_module("head", make_head({options, encoder_->width(), encoder_->embedding_table()}));
}

Tensor EncoderNetworkImpl::forward(const Batch& batch, const ForwardContext& context,
                                   std::vector<AttentionRecord>* records) {
  std::vector<EncoderOutput> texts = {encoder_->forward(batch.source, context, records)};
  if (batch.second.ids.defined())
    texts.push_back(encoder_->forward(batch.second, context, records));
  return head_->forward(texts, batch, context, records);
}

std::shared_ptr<EncoderNetworkImpl> make_encoder_network(const ModelOptions& options,
                                                         std::int64_t vocabulary,
                                                         const HeadMaker& make_head,
                                                         std::uint64_t seed) {
  auto network = std::make_shared<EncoderNetworkImpl>(expand(options), vocabulary, make_head);
  initialise_parameters(*network, seed);
  return network;
}

Tensor activate(HeadActivation activation, const Tensor& x) {
  switch (activation) {
    case HeadActivation::relu:
      return at::relu(x);
    case HeadActivation::elu:
      return at::elu(x);
    case HeadActivation::tanh:
      return at::tanh(x);
    case HeadActivation::gelu:
      break;
  }
  return at::gelu(x);
}

OutputLayersImpl::OutputLayersImpl(const HeadOptions& options, std::int64_t in, std::int64_t out)
    : activation_(options.activation), dropout_(options.dropout) {
  if (options.hidden > 0)
    hidden_ = register_module("hidden", Linear(LinearOptions{in, options.hidden}));
  output_ = register_module("output",
                            Linear(LinearOptions{options.hidden > 0 ? options.hidden : in, out}));
}

Tensor OutputLayersImpl::forward(const Tensor& x, const ForwardContext& context) const {
  Tensor seen = dropout(x, dropout_, context);
  if (hidden_) seen = dropout(activate(activation_, hidden_->forward(seen)), dropout_, context);
  return output_->forward(seen);
}

}  // namespace regard
