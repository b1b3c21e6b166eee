#include "regard/metrics/attention_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

#include "regard/core/strings.h"

namespace regard {
namespace {

/// What one row adds to the means.
struct RowMeasures {
  double entropy = 0;
  double position = 0;  ///< expected relative column, 0 to 1
  double largest = 0;
};

void check_size(std::size_t size, std::int64_t rows, std::int64_t columns) {
  const bool is_negative = rows < 0 || columns < 0;
  const auto height = static_cast<std::size_t>(rows);
  const auto width = static_cast<std::size_t>(columns);
  // By division: the product of large sizes could wrap around to the right number.
  const bool is_whole = width == 0 ? size == 0 : size % width == 0 && size / width == height;
  if (is_negative || !is_whole) {
    throw std::invalid_argument(str("attention_statistics: ", size, " weights are not a map of ",
                                    rows, " rows and ", columns, " columns"));
  }
}

void check_weights(std::span<const float> weights, std::size_t columns) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (std::isfinite(weights[i]) && weights[i] >= 0) continue;
    throw std::invalid_argument(str("attention_statistics: the weight in row ", i / columns,
                                    ", column ", i % columns, " is ", weights[i]));
  }
}

/// Adds the shares of a row that does not sum to 0 to `coverage`.
RowMeasures measure(std::span<const float> row, double sum, std::vector<double>& coverage) {
  RowMeasures result;
  const auto columns = static_cast<double>(row.size());
  for (std::size_t j = 0; j < row.size(); ++j) {
    const double share = row[j] / sum;
    coverage[j] += share;
    if (share > 0) result.entropy -= share * std::log2(share);
    result.position += share * (static_cast<double>(j) + 0.5) / columns;
    result.largest = std::max(result.largest, share);
  }
  return result;
}

double mean_deviation(const std::vector<double>& coverage, double even) {
  double total = 0;
  for (const double value : coverage)
    total += std::abs(value - even);
  return total / static_cast<double>(coverage.size());
}

}  // namespace

AttentionStatistics attention_statistics(std::span<const float> weights, std::int64_t rows,
                                         std::int64_t columns) {
  check_size(weights.size(), rows, columns);
  const auto width = static_cast<std::size_t>(columns);
  check_weights(weights, width);
  AttentionStatistics total;
  total.coverage.resize(width, 0);
  if (width == 0) total.num_zero_rows = rows;
  if (weights.empty()) return total;
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto row = weights.subspan(static_cast<std::size_t>(i) * width, width);
    double sum = 0;
    for (const float weight : row)
      sum += weight;
    if (sum == 0) {
      ++total.num_zero_rows;
      continue;
    }
    ++total.num_rows;
    const RowMeasures measures = measure(row, sum, total.coverage);
    const double place = (static_cast<double>(i) + 0.5) / static_cast<double>(rows);
    total.entropy += measures.entropy;
    total.diagonal_distance += std::abs(measures.position - place);
    total.sharpness += measures.largest;
    total.last_column_share += row.back() / sum;
  }
  if (total.num_rows == 0) return total;

  const auto num_rows = static_cast<double>(total.num_rows);
  const double most_entropy = std::log2(static_cast<double>(columns));
  // Rounding may end a little outside of what the formula can give.
  total.entropy = std::clamp(total.entropy / num_rows, 0.0, most_entropy);
  total.normalised_entropy = columns > 1 ? total.entropy / most_entropy : 0;
  total.coverage_deviation =
      mean_deviation(total.coverage, num_rows / static_cast<double>(columns));
  total.diagonal_distance /= num_rows;
  total.sharpness = std::min(total.sharpness / num_rows, 1.0);
  total.last_column_share = std::min(total.last_column_share / num_rows, 1.0);
  return total;
}

}  // namespace regard
