#pragma once

#include <memory>

#include "regard/metrics/metric.h"

namespace regard {

struct TerOptions {
  bool is_case_sensitive = false;
  bool is_normalized = false;       ///< Tercom's tokenizer: splits off punctuation, undoes XML
  bool has_no_punctuation = false;  ///< removes . , ? : ; ! " ( )
  bool has_asian_support = false;   ///< with the two above: also splits characters of Chinese and
                                    ///< Japanese, and removes their punctuation
};

/// Translation edit rate (Snover et al. 2006): word insertions, deletions, substitutions and shifts
/// of word blocks per word of the reference, in percent, with Tercom's search limits and, by
/// default, its way of no tokenization but white space. Of several references the fewest edits
/// count, against their mean length. Statistics: edits, reference length.
std::unique_ptr<Metric> make_ter(const TerOptions& options = {});

}  // namespace regard
