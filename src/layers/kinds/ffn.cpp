#include "layers/kinds/kinds.h"

namespace regard::kinds {

SublayerKind ffn() {
  SublayerKind kind = plain("ffn", [](const SublayerOptions& o) { return o.ffn.has_value(); });
  kind.parameters = [](const SublayerOptions& o, const SublayerWidths& widths) {
    const auto inner = static_cast<double>(inner_width(*o.ffn, widths.in));
    return (o.ffn->gated ? 3.0 : 2.0) * static_cast<double>(widths.in) * inner;
  };
  kind.is_token_wise = [](const SublayerOptions&) { return true; };
  return kind;
}

}  // namespace regard::kinds
