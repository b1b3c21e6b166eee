#include <algorithm>

#include "regard/layers/sublayer_kind.h"
#include "regard/model/model_options.h"

namespace regard {
namespace {

bool sees_later_positions(const SublayerOptions& sublayer) {
  return kind_of(sublayer).future(sublayer).has_value();
}

bool needs_source(const SublayerOptions& sublayer) {
  return kind_of(sublayer).needs_source;
}

}  // namespace

std::vector<std::string> doubts_about(const ModelOptions& options) {
  std::vector<std::string> doubts;
  if (!options.decoder) return doubts;
  const DecoderOptions& decoder = *options.decoder;
  if (decoder.kind == DecoderKind::blocks &&
      std::none_of(decoder.blocks->sublayers.begin(), decoder.blocks->sublayers.end(),
                   needs_source)) {
    doubts.emplace_back(
        "model.decoder.blocks have no cross_attention: no information from the source reaches the "
        "decoder");
  }
  bool sees_later = false;
  for (const BlocksOptions& blocks : branches_of(*options.encoder)) {
    for (const SublayerOptions& sublayer : blocks.sublayers)
      sees_later = sees_later || sees_later_positions(sublayer);
  }
  if (decoder.kind == DecoderKind::rnn && decoder.attend == Attend::before && !sees_later) {
    doubts.emplace_back(
        "model.decoder.attend: before reads an encoder that has not seen later words; "
        "bidirectional: true is recommended");
  }
  return doubts;
}

}  // namespace regard
