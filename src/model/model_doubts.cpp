#include <algorithm>

#include "regard/model/model_options.h"

namespace regard {
namespace {

bool sees_later_words(const SublayerOptions& sublayer) {
  if (sublayer.rnn) return sublayer.rnn->bidirectional;
  if (sublayer.conv) return !sublayer.conv->causal;
  if (!sublayer.self_attention) return false;
  const AttentionMask mask = sublayer.self_attention->mask;
  return mask != AttentionMask::causal && mask != AttentionMask::forward;
}

bool has_cross_attention(const BlocksOptions& blocks) {
  return std::any_of(
      blocks.sublayers.begin(), blocks.sublayers.end(),
      [](const SublayerOptions& sublayer) { return sublayer.cross_attention.has_value(); });
}

}  // namespace

std::vector<std::string> doubts_about(const ModelOptions& options) {
  std::vector<std::string> doubts;
  const DecoderOptions& decoder = *options.decoder;
  if (decoder.kind == DecoderKind::blocks && !has_cross_attention(*decoder.blocks)) {
    doubts.emplace_back(
        "model.decoder.blocks have no cross_attention: no information from the source reaches the "
        "decoder");
  }
  bool sees_later = false;
  for (const BlocksOptions& blocks : branches_of(*options.encoder)) {
    for (const SublayerOptions& sublayer : blocks.sublayers)
      sees_later = sees_later || sees_later_words(sublayer);
  }
  if (decoder.kind == DecoderKind::rnn && decoder.attend == Attend::before && !sees_later) {
    doubts.emplace_back(
        "model.decoder.attend: before reads an encoder that has not seen later words; "
        "bidirectional: true is recommended");
  }
  return doubts;
}

}  // namespace regard
