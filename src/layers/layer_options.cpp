#include "regard/layers/layer_options.h"

#include <stdexcept>

namespace regard {

NormPlacement resolve(SublayerNorm own, NormPlacement of_blocks) {
  switch (own) {
    case SublayerNorm::inherit:
      return of_blocks;
    case SublayerNorm::pre:
      return NormPlacement::pre;
    case SublayerNorm::post:
      return NormPlacement::post;
    case SublayerNorm::none:
      return NormPlacement::none;
  }
  throw std::logic_error("unknown norm placement");
}

void SublayerOptions::check(const Self& o, config::Checks& checks) {
  const int kinds = static_cast<int>(o.self_attention.has_value()) +
                    static_cast<int>(o.cross_attention.has_value()) +
                    static_cast<int>(o.ffn.has_value());
  if (kinds != 1) {
    checks.fail("", "a sublayer is exactly one of self_attention, cross_attention, ffn",
                "write one of them, for example {ffn: {hidden: 2048}}");
  }
}

}  // namespace regard
