#include "regard/layers/position.h"

#include <cmath>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

Tensor position_table(PositionKind kind, std::int64_t positions, std::int64_t dim) {
  TORCH_CHECK(dim % 2 == 0, "positions need an even dim, got ", dim);
  const std::vector<float> vectors = position_vectors(kind, positions, dim);
  return at::tensor(vectors, at::kFloat).view({positions, dim});
}

PositionImpl::PositionImpl(PositionKind kind, std::int64_t dim, std::int64_t max_positions)
    : kind_(kind), dim_(dim) {
  if (kind == PositionKind::learned) {
    learned_ = register_parameter("weight", torch::zeros({max_positions, dim}));
  }
}

void PositionImpl::initialise(at::Generator& generator) {
  torch::NoGradGuard no_grad;
  if (learned_.defined())
    learned_.normal_(0.0, 1.0 / std::sqrt(static_cast<double>(dim_)), generator);
}

Tensor PositionImpl::forward(const Tensor& x, std::int64_t first) {
  if (kind_ == PositionKind::none) return x;
  const std::int64_t end = first + x.size(1);
  if (kind_ == PositionKind::learned) {
    if (end > learned_.size(0)) {
      throw UserError(str("a sentence of ", end, " tokens is longer than the ", learned_.size(0),
                          " learned positions"),
                      "raise model.max_positions before training, or shorten the sentence");
    }
    return x + learned_.narrow(0, first, x.size(1)).to(x.scalar_type());
  }
  return x + closed_form(end, x).narrow(0, first, x.size(1));
}

Tensor PositionImpl::closed_form(std::int64_t positions, const Tensor& like) {
  const std::scoped_lock lock(table_mutex_);
  if (!table_.defined() || table_.size(0) < positions || table_.device() != like.device() ||
      table_.scalar_type() != like.scalar_type()) {
    const std::int64_t size = std::max<std::int64_t>(256, 2 * positions);
    table_ = position_table(kind_, size, dim_).to(like.device(), like.scalar_type());
  }
  return table_;
}

}  // namespace regard
