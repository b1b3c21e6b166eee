#include "regard/attention/strategies.h"
#include "regard/tensor/torch.h"

namespace regard::attention {

namespace {

/// score(q, k) = q . k. Luong et al. 2015, section 3.1 ("dot").
class Dot final : public Score {};

}  // namespace

std::shared_ptr<Score> make_dot(const AttentionOptions&, const StrategySizes&) {
  return std::make_shared<Dot>();
}

}  // namespace regard::attention
