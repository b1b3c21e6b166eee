#include "search_common.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/torch.h>

namespace regard {

using torch::Tensor;

Tensor index_tensor(const std::vector<std::int64_t>& values) {
  return at::tensor(values, at::TensorOptions().dtype(at::kLong));
}

std::vector<std::int64_t> lengths_of(const Sequences& source) {
  const Tensor lengths = source.lengths.to(at::kCPU).contiguous();
  const auto* data = lengths.const_data_ptr<std::int64_t>();
  return {data, data + lengths.numel()};
}

void suppress(Tensor& log_probabilities, const TokenRoles& roles, bool is_too_short) {
  const double never = -std::numeric_limits<double>::infinity();
  for (const std::int64_t id : roles.suppressed)
    log_probabilities.select(1, id).fill_(never);
  if (is_too_short) log_probabilities.select(1, roles.target_end).fill_(never);
}

std::int64_t max_target_length(const SearchOptions& options, std::int64_t source_length) {
  const double limit = options.max_length_factor * static_cast<double>(source_length - 1);
  const std::int64_t length =
      static_cast<std::int64_t>(std::floor(limit)) + options.max_length_plus;
  return std::max(length, options.min_length);
}

}  // namespace regard
