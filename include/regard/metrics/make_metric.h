#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "regard/metrics/answers.h"
#include "regard/metrics/bleu.h"
#include "regard/metrics/chrf.h"
#include "regard/metrics/metric.h"
#include "regard/metrics/ter.h"

namespace regard {

struct MetricOptions {
  BleuOptions bleu;
  ChrfOptions chrf;  ///< for "chrf", and for "chrf++", whose word order is always 2
  TerOptions ter;
  /// Of the metrics of answers: all labels, tags or types that may occur (labels_of_answers()).
  std::vector<std::string> labels = {};
};

/// Those of translations: "bleu", "chrf", "chrf++", "ter". answer_metric_names() has the others.
std::vector<std::string> metric_names();

/// A metric by its name on the command line and in `validation.metrics`. Throws UserError when the
/// name is unknown.
std::unique_ptr<Metric> make_metric(std::string_view name, const MetricOptions& options = {});

}  // namespace regard
