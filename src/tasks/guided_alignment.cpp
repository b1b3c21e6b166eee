#include "regard/tasks/guided_alignment.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

Tensor guided_alignment_loss(const AttentionRecord& record, const GuidedAlignmentOptions& options,
                             const Tensor& guide) {
  constexpr double kSmallest = 1e-6;  // a weight of 0 still has a finite loss
  const char* key = "training.guided_alignment";
  if (record.is_by_feature) {
    throw UserError(str(key, ".map: ", record.name, " has weights for each feature, not heads"),
                    "choose an attention with heads");
  }
  const std::int64_t heads = record.weights.size(1);
  if (options.head >= heads) {
    throw UserError(str(key, ".head: ", options.head, " is not a head of ", record.name,
                        ", which has ", heads, heads == 1 ? " head" : " heads"),
                    heads == 1 ? std::string("use 0") : str("use 0 to ", heads - 1));
  }
  const Tensor weights = record.weights.select(1, options.head);  // [rows, queries, keys]
  if (!weights.requires_grad()) {
    throw UserError(str(key, ".map: ", record.name, " has no gradient for its weights"),
                    "choose an attention whose align is differentiable, such as softmax");
  }
  if (record.name.find("self_attention") != std::string::npos || weights.sizes() != guide.sizes()) {
    throw UserError(
        str(key, ".map: ", record.name, " does not attend from the target to the source"),
        "choose a cross-attention, such as decoder.0.cross_attention");
  }
  return -(guide * weights.to(at::kFloat).clamp_min(kSmallest).log()).sum();
}

}  // namespace regard
