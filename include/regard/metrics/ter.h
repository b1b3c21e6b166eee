#pragma once

#include <memory>

#include "regard/metrics/metric.h"

namespace regard {

struct TerOptions {
  bool is_case_sensitive = false;
};

/// Translation edit rate (Snover et al. 2006): word insertions, deletions, substitutions and shifts
/// of word blocks per word of the reference, in percent, with Tercom's search limits and its
/// default of no tokenisation but white space. Of several references the fewest edits count,
/// against their mean length. Statistics: edits, reference length.
std::unique_ptr<Metric> make_ter(const TerOptions& options = {});

}  // namespace regard
