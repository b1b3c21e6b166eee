#pragma once

#include <vector>

#include "regard/attention/attention.h"
#include "regard/layers/pooling.h"
#include "regard/model/encoder_network.h"

namespace regard {

/// Two texts -> a score for each label, or a number.
///
/// Without interact (siamese): vectors of both, compared.
///   v = [u1; u2; u1 - u2; u1 * u2], u = pool(states)
/// With it (Chen et al. 2017, ESIM, eq. 11-16): each word x of one text is compared with what the
/// attention finds for it in the other, x~.
///   m = [x; x~; x - x~; x * x~] [-> relu(W m + b)] [-> blocks],  v = [pool(m1); pool(m2)]
/// `compare` chooses the parts. Swapping the texts swaps what is computed of them.
class PairHead final : public HeadImpl {
 public:
  PairHead(const HeadSetup& setup, std::int64_t outputs);
  torch::Tensor forward(const std::vector<EncoderOutput>& texts, const Batch& batch,
                        const ForwardContext& context,
                        std::vector<AttentionRecord>* records) override;

 private:
  torch::Tensor compare(const torch::Tensor& first, const torch::Tensor& second) const;
  /// The compared words of `text`: [batch, positions, width].
  torch::Tensor read(const EncoderOutput& text, const EncoderOutput& other,
                     const ForwardContext& context, std::vector<AttentionRecord>* records,
                     const char* name);

  std::vector<ComparedPart> parts_;
  Attention interact_{nullptr};
  Linear compare_hidden_{nullptr};
  BlockStack compose_{nullptr};
  Pooling pool_{nullptr};
  OutputLayers output_{nullptr};
};

}  // namespace regard
