#pragma once

#include "regard/layers/sublayer_kind.h"

namespace regard::kinds {

#define REGARD_SUBLAYER(name) SublayerKind name();
#include "layers/sublayers.def"
#undef REGARD_SUBLAYER

/// Facts of most kinds: as wide as the input, without order, future, attention, rules.
inline SublayerKind plain(const char* name, bool (*is_chosen)(const SublayerOptions&)) {
  SublayerKind kind;
  kind.name = name;
  kind.is_chosen = is_chosen;
  kind.output_width = [](const SublayerOptions&, const SublayerWidths& widths) {
    return widths.in;
  };
  kind.parameters = [](const SublayerOptions&, const SublayerWidths&) { return 0.0; };
  kind.sees_order = [](const SublayerOptions&) { return false; };
  kind.future = [](const SublayerOptions&) { return std::optional<FutureSight>(); };
  kind.is_token_wise = [](const SublayerOptions&) { return false; };
  kind.attention = [](const SublayerOptions&) -> const AttentionOptions* { return nullptr; };
  kind.check = [](const SublayerOptions&, const std::string&, config::Checks&) {};
  return kind;
}

/// Of the four linear maps around an attention; 0 without.
inline double projection_weights(const AttentionOptions& options, const SublayerWidths& widths) {
  if (!has_projections(options)) return 0.0;
  const auto in = static_cast<double>(widths.in);
  const auto source = static_cast<double>(widths.source > 0 ? widths.source : widths.in);
  return 2.0 * in * in + 2.0 * in * source;
}

/// In blocks no attention draws its keys.
void refuse_draws(const AttentionOptions& options, const std::string& path, config::Checks& checks);

}  // namespace regard::kinds
