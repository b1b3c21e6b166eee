#pragma once

#include "regard/layers/sublayer_kind.h"

namespace regard::kinds {

#define REGARD_SUBLAYER(name) SublayerKind name();
#include "layers/sublayers.def"
#undef REGARD_SUBLAYER

/// Facts of most kinds: as wide as the input, without order, future, attention, rules.
SublayerKind plain(const char* name, bool (*is_chosen)(const SublayerOptions&));

/// Of the four linear maps around an attention; 0 without.
double projection_weights(const AttentionOptions& options, const SublayerWidths& widths);

/// In blocks no attention draws its keys.
void refuse_draws(const AttentionOptions& options, const std::string& path, config::Checks& checks);

}  // namespace regard::kinds
