#include "layers/kinds/kinds.h"

namespace regard::kinds {
namespace {

double weights_of_conv(const SublayerOptions& sublayer, const SublayerWidths& widths) {
  const ConvOptions& conv = *sublayer.conv;
  const auto between = static_cast<double>(conv.hidden > 0 ? conv.hidden : widths.in);
  double weights = 0.0;
  for (std::size_t i = 0; i < conv.kernels.size(); ++i) {
    const bool is_last = i + 1 == conv.kernels.size();
    const double in = i == 0 ? static_cast<double>(widths.in) : between;
    const double out = is_last ? static_cast<double>(widths.in) : between;
    weights += static_cast<double>(conv.kernels[i]) * in * out * (conv.glu ? 2.0 : 1.0);
  }
  return weights;
}

}  // namespace

SublayerKind conv() {
  SublayerKind kind = plain("conv", [](const SublayerOptions& o) { return o.conv.has_value(); });
  kind.parameters = weights_of_conv;
  kind.sees_order = [](const SublayerOptions&) { return true; };
  kind.future = [](const SublayerOptions& o) {
    return o.conv->causal ? std::nullopt
                          : std::optional<FutureSight>({"conv.causal", "false", "use true"});
  };
  return kind;
}

}  // namespace regard::kinds
