#include "layers/kinds/kinds.h"

namespace regard::kinds {
namespace {

std::int64_t state_width(const RnnOptions& rnn, std::int64_t in) {
  return rnn.hidden > 0 ? rnn.hidden : in;
}

std::int64_t width_of_rnn(const SublayerOptions& sublayer, const SublayerWidths& widths) {
  const RnnOptions& rnn = *sublayer.rnn;
  const bool is_double = rnn.bidirectional && rnn.merge == DirectionMerge::concat;
  return state_width(rnn, widths.in) * (is_double ? 2 : 1);
}

double weights_of_rnn(const SublayerOptions& sublayer, const SublayerWidths& widths) {
  const RnnOptions& rnn = *sublayer.rnn;
  const auto in = static_cast<double>(widths.in);
  const auto hidden = static_cast<double>(state_width(rnn, widths.in));
  const double gates = rnn.cell == CellKind::lstm ? 4.0 : 3.0;
  return (rnn.bidirectional ? 2.0 : 1.0) * gates * hidden * (in + hidden);
}

}  // namespace

SublayerKind rnn() {
  SublayerKind kind = plain("rnn", [](const SublayerOptions& o) { return o.rnn.has_value(); });
  kind.output_width = width_of_rnn;
  kind.parameters = weights_of_rnn;
  kind.sees_order = [](const SublayerOptions&) { return true; };
  kind.future = [](const SublayerOptions& o) {
    return o.rnn->bidirectional
               ? std::optional<FutureSight>({"rnn.bidirectional", "true", "use false"})
               : std::nullopt;
  };
  kind.is_recurrent = true;
  return kind;
}

}  // namespace regard::kinds
