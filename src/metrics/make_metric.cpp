#include "regard/metrics/make_metric.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

/// Nothing for a name that is not among answer_metric_names().
std::unique_ptr<Metric> make_answer_metric(std::string_view name,
                                           const std::vector<std::string>& labels) {
  if (name == "accuracy") return make_accuracy();
  if (name == "micro_f1") return make_class_f1(F1Average::micro, labels);
  if (name == "macro_f1") return make_class_f1(F1Average::macro, labels);
  if (name == "weighted_f1") return make_class_f1(F1Average::weighted, labels);
  if (name == "matthews") return make_matthews(labels);
  if (name == "pearson") return make_pearson();
  if (name == "mse") return make_mean_squared_error();
  if (name == "span_f1") return make_span_f1(labels);
  if (name == "label_f1") return make_label_f1(labels);
  if (name == "tag_accuracy") return make_tag_accuracy();
  if (name == "set_f1") return make_set_f1(labels);
  return nullptr;
}

}  // namespace

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
  if (auto metric = make_answer_metric(name, options.labels)) return metric;
  throw UserError(str("unknown metric '", escape_for_message(name), "'"),
                  str("use one of ", join(metric_names(), ", "), "; for answers ",
                      join(answer_metric_names(), ", ")));
}

}  // namespace regard
