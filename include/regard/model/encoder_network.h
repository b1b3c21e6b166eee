#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "regard/layers/sublayer.h"
#include "regard/model/seq2seq.h"

namespace regard {

/// What stands on an encoder: turns the states of a text, or of two, into the scores that the loss
/// of its task knows.
class HeadImpl : public torch::nn::Module {
 public:
  /// `texts` holds what the encoder made of batch.source, and of batch.second where there is one.
  virtual torch::Tensor forward(const std::vector<EncoderOutput>& texts, const Batch& batch,
                                const ForwardContext& context,
                                std::vector<AttentionRecord>* records) = 0;
};

/// What a head is made from.
struct HeadSetup {
  const ModelOptions& options;  ///< in the full form
  std::int64_t width = 0;       ///< of the encoder's states
  torch::Tensor embedding;      ///< [vocabulary, dim], for an output matrix that is tied to it
};
using HeadMaker = std::function<std::shared_ptr<HeadImpl>(const HeadSetup&)>;

/// An encoder and a head: its weights are called "encoder.…" and "head.…".
class EncoderNetworkImpl final : public NetworkImpl {
 public:
  /// `options` in the full form (expand()).
  EncoderNetworkImpl(const ModelOptions& options, std::int64_t vocabulary,
                     const HeadMaker& make_head);
  /// The head's scores. `records`, if given, receives the attention weights of every layer, those
  /// of a second text after those of the first.
  torch::Tensor forward(const Batch& batch, const ForwardContext& context,
                        std::vector<AttentionRecord>* records = nullptr);
  HeadImpl& head() { return *head_; }
  std::int64_t vocabulary() const { return vocabulary_; }

 private:
  std::int64_t vocabulary_;
  Encoder encoder_;
  std::shared_ptr<HeadImpl> head_;
};

/// Builds and initializes a network; `seed` fixes every weight.
std::shared_ptr<EncoderNetworkImpl> make_encoder_network(const ModelOptions& options,
                                                         std::int64_t vocabulary,
                                                         const HeadMaker& make_head,
                                                         std::uint64_t seed);

/// One hidden layer, if options.hidden asks for one, and an output layer:
///   x -> dropout -> [W x + b -> activation -> dropout] -> W x + b
class OutputLayersImpl : public torch::nn::Module {
 public:
  OutputLayersImpl(const HeadOptions& options, std::int64_t in, std::int64_t out);
  /// x [..., in] -> [..., out]
  torch::Tensor forward(const torch::Tensor& x, const ForwardContext& context) const;

 private:
  HeadActivation activation_;
  double dropout_;
  Linear hidden_{nullptr};
  Linear output_{nullptr};
};
TORCH_MODULE(OutputLayers);

torch::Tensor activate(HeadActivation activation, const torch::Tensor& x);

}  // namespace regard
