#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace regard {

/// How one attention map looks. Rows are queries (target positions), columns keys (source
/// positions). Each row counts as shares p[i][j] = weight[i][j] / (sum of row i), so rows that do
/// not add up to 1 count like the others. A row that sums to 0 has no shares and is left out. R is
/// the number of rows that count, C the number of columns; "mean" is the one over these R rows.
/// Never NaN: without a row that counts, every measure is 0.
struct AttentionStatistics {
  std::int64_t num_rows = 0;       ///< R
  std::int64_t num_zero_rows = 0;  ///< rows left out
  /// Mean of H[i] = -sum_j p[i][j] log2 p[i][j] in bits: 0 (one column per row) to log2(C)
  /// (uniform).
  double entropy = 0;
  /// entropy / log2(C), 0 to 1, to compare maps of different lengths; 0 with one column.
  double normalised_entropy = 0;
  /// [columns]: coverage[j] = sum_i p[i][j], 0 to R; they add up to R.
  std::vector<double> coverage;
  /// (1/C) sum_j |coverage[j] - R/C|: 0 (columns evenly covered) to 2R(C-1)/C^2 (all on one
  /// column).
  double coverage_deviation = 0;
  /// Mean of |sum_j p[i][j] (j+0.5)/C - (i+0.5)/rows|, below 1: 0 = on the diagonal. `rows` counts
  /// the rows left out, which keep their places.
  double diagonal_distance = 0;
  /// Mean of max_j p[i][j]: 1/C (uniform) to 1 (one column per row).
  double sharpness = 0;
  /// Mean of p[i][C-1], 0 to 1: how much goes to the end mark.
  double last_column_share = 0;
};

/// The statistics of `weights` [rows, columns], row after row. Throws std::invalid_argument when a
/// size is negative, the sizes do not give the length of `weights`, or a weight is NaN, infinite or
/// below 0.
AttentionStatistics attention_statistics(std::span<const float> weights, std::int64_t rows,
                                         std::int64_t columns);

}  // namespace regard
