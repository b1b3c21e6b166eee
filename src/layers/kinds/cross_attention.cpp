#include "layers/kinds/kinds.h"

namespace regard::kinds {

SublayerKind cross_attention() {
  SublayerKind kind = plain("cross_attention",
                            [](const SublayerOptions& o) { return o.cross_attention.has_value(); });
  kind.output_width = [](const SublayerOptions& o, const SublayerWidths& widths) {
    const bool is_plain = o.cross_attention->project == AttentionProjection::none;
    return is_plain ? widths.source : widths.in;
  };
  kind.parameters = [](const SublayerOptions& o, const SublayerWidths& widths) {
    return projection_weights(*o.cross_attention, widths);
  };
  kind.is_token_wise = [](const SublayerOptions& o) { return has_projections(*o.cross_attention); };
  kind.attention = [](const SublayerOptions& o) -> const AttentionOptions* {
    return &*o.cross_attention;
  };
  kind.check = [](const SublayerOptions& o, const std::string& path, config::Checks& checks) {
    refuse_draws(*o.cross_attention, path + ".cross_attention", checks);
    check_cross_attention(*o.cross_attention, path + ".cross_attention", checks);
  };
  kind.needs_source = true;
  return kind;
}

}  // namespace regard::kinds
