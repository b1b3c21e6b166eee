#pragma once

#include <memory>

#include "regard/metrics/metric.h"

namespace regard {

struct ChrfOptions {
  int character_order = 6;
  int word_order = 0;  ///< 0 = chrF, 2 = chrF++
  int beta = 2;        ///< recall counts `beta` times as much as precision
  bool is_lowercased = false;
  bool has_white_space = false;  ///< characters count white space as well
  /// The mean of the orders' F-scores, absent ones counted with 1e-16, as chrF++.py, NLTK and Moses
  /// do; otherwise the F-score of the means over the orders that occur on both sides.
  bool has_epsilon = false;
};

/// chrF (Popović 2015, W15-3049) and chrF++ (Popović 2017, W17-4770): F-score of character n-grams
/// without white space, and of word n-grams. Precision and recall are averaged over the orders that
/// occur on both sides, unless the options say otherwise. Of several references the one with the
/// best score counts. Statistics: for each order, characters first, the n-grams of the translation,
/// of the reference, and of both. Throws UserError when an order is negative, both are 0, or beta
/// is below 1.
std::unique_ptr<Metric> make_chrf(const ChrfOptions& options = {});

}  // namespace regard
