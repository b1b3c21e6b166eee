#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regard/layers/layer_options.h"

namespace regard {

/// A choice by which a sublayer sees later positions: what a decoder must not.
struct FutureSight {
  std::string path;   ///< relative to the sublayer: "rnn.bidirectional"
  std::string value;  ///< "true"
  std::string fix;    ///< "use false"
};

/// What a kind of sublayer says of itself. Rules about models ask for these facts and name no kind.
/// The registry is src/layers/sublayers.def. Every function is called with options of its kind.
struct SublayerKind {
  std::string name;  ///< its key in SublayerOptions
  bool (*is_chosen)(const SublayerOptions& options);
  std::int64_t (*output_width)(const SublayerOptions& options, const SublayerWidths& widths);
  /// Weights of its matrices.
  double (*parameters)(const SublayerOptions& options, const SublayerWidths& widths);
  /// Whether what it gives for a position depends on where its neighbours stand.
  bool (*sees_order)(const SublayerOptions& options);
  std::optional<FutureSight> (*future)(const SublayerOptions& options);
  /// Whether all but attention looks at each token by itself, so that padding can be left out.
  bool (*is_token_wise)(const SublayerOptions& options);
  /// Its attention; null where it has none.
  const AttentionOptions* (*attention)(const SublayerOptions& options);
  /// Rules of the options where they stand in blocks; `path` leads to the sublayer.
  void (*check)(const SublayerOptions& options, const std::string& path, config::Checks& checks);
  bool needs_source = false;  ///< decoders only
  bool is_recurrent = false;  ///< leaves a last state, from which a decoder can start
};

/// In the order of the registry.
const std::vector<SublayerKind>& sublayer_kinds();
/// The kind of checked options.
const SublayerKind& kind_of(const SublayerOptions& options);
/// What the sublayers of a block are called among its parameters: "ffn", and from the second of a
/// kind on "ffn_2".
std::vector<std::string> sublayer_names(const std::vector<SublayerOptions>& sublayers);

}  // namespace regard
