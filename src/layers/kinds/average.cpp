#include "layers/kinds/kinds.h"

namespace regard::kinds {

SublayerKind average() {
  SublayerKind kind =
      plain("average", [](const SublayerOptions& o) { return o.average.has_value(); });
  kind.parameters = [](const SublayerOptions& o, const SublayerWidths& widths) {
    const auto in = static_cast<double>(widths.in);
    const double gates = o.average->gate ? 2.0 * in * 2.0 * in : 0.0;
    return gates + 2.0 * in * static_cast<double>(o.average->ffn);
  };
  kind.sees_order = [](const SublayerOptions&) { return true; };
  return kind;
}

}  // namespace regard::kinds
