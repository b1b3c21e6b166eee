#include "regard/tensor/log_softmax.h"

#include "regard/engine/log_softmax.h"
#include "regard/tensor/torch.h"

namespace regard {

at::Tensor log_softmax_of(at::Tensor logits) {
  if (!logits.is_cpu() || logits.scalar_type() != at::kFloat || !logits.is_contiguous())
    return at::log_softmax(logits, -1, at::kFloat);
  const std::int64_t classes = logits.size(-1);
  if (classes == 0) return logits;
  log_softmax_rows(logits.mutable_data_ptr<float>(), logits.numel() / classes, classes);
  return logits;
}

}  // namespace regard
