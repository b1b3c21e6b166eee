#include "packed_kinds.h"

#include <algorithm>

#include "regard/core/strings.h"
#include "regard/layers/sublayer_kind.h"

namespace regard {

const std::vector<PackedKind>& packed_kinds() {
  static const std::vector<PackedKind> all = {
#define REGARD_PACKED(name) packed_forms::name(),
#include "packed_kinds.def"
#undef REGARD_PACKED
  };
  return all;
}

const PackedKind* packed_kind_of(const SublayerOptions& options) {
  const auto& all = packed_kinds();
  const auto found = std::find_if(all.begin(), all.end(), [&](const PackedKind& kind) {
    return kind.name == kind_of(options).name;
  });
  return found == all.end() ? nullptr : &*found;
}

void require_packed_decoder(const ModelOptions& options, Obstacles& obstacles) {
  const DecoderOptions& decoder = *options.decoder;
  obstacles.unless(decoder.kind == DecoderKind::blocks, "decoder.kind",
                   config::word_of(decoder.kind));
  if (!decoder.blocks) return;
  const BlocksOptions& blocks = *decoder.blocks;
  obstacles.unless(blocks.norm != NormPlacement::none, "decoder.blocks.norm", "none");
  for (const SublayerOptions& sublayer : blocks.sublayers) {
    const std::string& name = kind_of(sublayer).name;
    const std::string key = str("decoder.blocks.sublayers.", name);
    const PackedKind* kind = packed_kind_of(sublayer);
    obstacles.unless(kind != nullptr, "decoder.blocks.sublayers", name);
    if (kind == nullptr) continue;
    require_plain_place(sublayer, blocks.norm, key, obstacles);
    kind->check(sublayer, key, obstacles);
  }
}

}  // namespace regard
