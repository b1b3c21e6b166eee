#pragma once

#include "regard/model/seq2seq.h"

namespace regard {

/// A decoder made of blocks: parallel over the positions in training, cached keys and values step
/// by step.
class BlockDecoderImpl final : public DecoderImpl {
 public:
  explicit BlockDecoderImpl(const DecoderSetup& setup);
  /// Padding is left out between the attentions where each token is looked at by itself; what
  /// stands there in the result means nothing.
  torch::Tensor forward(const Sequences& target, const EncoderOutput& source,
                        const ForwardContext& context,
                        std::vector<AttentionRecord>* records) override;
  DecoderState start(const EncoderOutput& source) override;
  torch::Tensor step(const torch::Tensor& ids, DecoderState& state,
                     std::vector<AttentionRecord>* records) override;
  const torch::Tensor& embedding_table() const override { return embedding_->weight; }

 private:
  Embedding embedding_;
  BlockStack blocks_;
  bool can_pack_ = false;  // padding can be left out between the attentions
};

}  // namespace regard
