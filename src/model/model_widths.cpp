#include <algorithm>

#include "regard/layers/sublayer_kind.h"
#include "regard/model/longest_sentence.h"
#include "regard/model/model_options.h"

namespace regard {

std::int64_t hidden_width(const ModelOptions& options) {
  const std::int64_t own = options.decoder->hidden;
  return own > 0 ? own : options.dim;
}

std::vector<std::int64_t> final_widths(const ModelOptions& options) {
  std::vector<std::int64_t> finals;
  std::int64_t total = 0;
  for (const BlocksOptions& blocks : branches_of(*options.encoder)) {
    SublayerWidths widths{options.dim, 0};
    for (std::int64_t i = 0; i < blocks.repeat; ++i) {
      for (const SublayerOptions& sublayer : blocks.sublayers) {
        widths.in = output_width(sublayer, widths);
        if (kind_of(sublayer).is_recurrent) finals.push_back(widths.in);
      }
    }
    total += widths.in;
  }
  if (finals.empty()) finals.push_back(total);
  return finals;
}

std::int64_t longest_sentence(const ModelOptions& model) {
  return model.position == PositionKind::learned ? model.max_positions - 1 : 0;
}

std::size_t bridged_final(std::size_t finals, std::int64_t layers, std::int64_t layer) {
  const std::int64_t from_top = static_cast<std::int64_t>(finals) - layers + layer;
  return static_cast<std::size_t>(std::max<std::int64_t>(0, from_top));
}

}  // namespace regard
