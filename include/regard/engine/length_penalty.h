#pragma once

#include <cstdint>
#include <string>

namespace regard {

/// Rescales log-probabilities so that hypotheses of different length compare fairly.
struct LengthPenalty {
  enum class Kind {
    none,     ///< sum
    average,  ///< sum / length^alpha
    gnmt,     ///< sum / ((5 + length) / 6)^alpha      Wu et al. 2016, eq. 14
  };
  Kind kind = Kind::average;
  double alpha = 1.0;

  /// `length` counts generated tokens, the end mark included; at least 1. alpha = 0 gives the sum.
  double apply(double log_probability, std::int64_t length) const;
};

/// "none", "average:1.0", "gnmt:0.6"; alpha from 0 to 10.
bool is_length_penalty(const std::string& text);
/// Throws UserError for anything else.
LengthPenalty parse_length_penalty(const std::string& text);

}  // namespace regard
