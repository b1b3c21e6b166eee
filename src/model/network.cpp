#include "regard/model/network.h"

#include "regard/tensor/torch.h"

namespace regard {

std::int64_t NetworkImpl::num_parameters() const {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : parameters())
    count += parameter.numel();
  return count;
}

torch::Device NetworkImpl::device() const {
  const auto weights = parameters();
  TORCH_CHECK(!weights.empty(), "a network without weights is nowhere");
  return weights.front().device();
}

}  // namespace regard
