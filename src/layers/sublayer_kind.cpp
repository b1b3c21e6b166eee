#include "regard/layers/sublayer_kind.h"

#include <algorithm>
#include <stdexcept>

#include "layers/kinds/kinds.h"

namespace regard {

const std::vector<SublayerKind>& sublayer_kinds() {
  static const std::vector<SublayerKind> all = {
#define REGARD_SUBLAYER(name) kinds::name(),
#include "layers/sublayers.def"
#undef REGARD_SUBLAYER
  };
  return all;
}

const SublayerKind& kind_of(const SublayerOptions& options) {
  const auto& all = sublayer_kinds();
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const SublayerKind& kind) { return kind.is_chosen(options); });
  if (found == all.end()) throw std::logic_error("a sublayer without a kind");
  return *found;
}

}  // namespace regard
