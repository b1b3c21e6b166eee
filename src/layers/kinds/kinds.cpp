#include "layers/kinds/kinds.h"

namespace regard::kinds {

SublayerKind plain(const char* name, bool (*is_chosen)(const SublayerOptions&)) {
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

double projection_weights(const AttentionOptions& options, const SublayerWidths& widths) {
  if (!has_projections(options)) return 0.0;
  const auto in = static_cast<double>(widths.in);
  const auto source = static_cast<double>(widths.source > 0 ? widths.source : widths.in);
  return 2.0 * in * in + 2.0 * in * source;
}

void refuse_draws(const AttentionOptions& options, const std::string& path,
                  config::Checks& checks) {
  if (!draws_keys(options)) return;
  checks.fail(path + ".hard.select", "sample requires an rnn decoder with one head",
              "use gumbel, or decoder.kind: rnn");
}

}  // namespace regard::kinds
