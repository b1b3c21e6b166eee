#include "regard/metrics/make_metric.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

std::vector<std::string> metric_names() {
  return {"bleu", "chrf", "chrf++", "ter"};
}

std::unique_ptr<Metric> make_metric(std::string_view name, const MetricOptions& options) {
  if (name == "bleu") return make_bleu(options.bleu);
  if (name == "ter") return make_ter(options.ter);
  if (name == "chrf" || name == "chrf++") {
    ChrfOptions chrf = options.chrf;
    if (name == "chrf++") chrf.word_order = 2;
    return make_chrf(chrf);
  }
  throw UserError(str("unknown metric '", escape_for_message(name), "'"),
                  str("use one of ", join(metric_names(), ", ")));
}

}  // namespace regard
