#pragma once

#include "regard/model/model_options.h"

namespace regard {

/// Rules of the full form between an encoder, the decoder and the widths around them. `o.dim` > 0.
void check_encoder(const ModelOptions& o, config::Checks& checks);
void check_decoder(const ModelOptions& o, config::Checks& checks);
/// The widths of a head on an encoder whose states are `width` wide.
void check_head(const HeadOptions& head, std::int64_t width, config::Checks& checks);

}  // namespace regard
