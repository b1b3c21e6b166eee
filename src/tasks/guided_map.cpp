#include "regard/tasks/guided_map.h"

#include "regard/core/strings.h"

namespace regard {

std::string guided_map(const GuidedAlignmentOptions& options, const ModelOptions& model) {
  if (options.weight == 0.0) return "";
  if (!options.map.empty()) return options.map;
  if (model.decoder->kind == DecoderKind::rnn) return "decoder.step_attention";
  return str("decoder.", model.decoder->blocks->repeat - 1, ".cross_attention");
}

}  // namespace regard
