#include "layers/kinds/kinds.h"

namespace regard::kinds {

SublayerKind ssru() {
  SublayerKind kind = plain("ssru", [](const SublayerOptions& o) { return o.ssru.has_value(); });
  kind.parameters = [](const SublayerOptions&, const SublayerWidths& widths) {
    return 2.0 * static_cast<double>(widths.in) * static_cast<double>(widths.in);
  };
  kind.sees_order = [](const SublayerOptions&) { return true; };
  return kind;
}

}  // namespace regard::kinds
