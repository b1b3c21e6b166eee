#include <torch/torch.h>

#include "regard/attention/strategies.h"

namespace regard::attention {

namespace {

/// score(q, k) = q . k. Luong et al. 2015, eq. 8 ("dot").
class Dot final : public Score {};

}  // namespace

Spec<Score> dot_spec() {
  return {"dot", "q . k",
          [](const AttentionOptions&, std::int64_t) { return std::make_shared<Dot>(); }};
}

}  // namespace regard::attention
