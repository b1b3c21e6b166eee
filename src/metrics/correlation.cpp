#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/metrics/answers.h"

#include "metrics/answer_metric.h"

namespace regard {
namespace {

constexpr double kLargestScore = 1e30;  // sums of products of millions of them stay finite
constexpr double kLeastSpread = 1e-12;  // of squares: below it, differences are rounding

double score_of_line(std::string_view line) {
  const std::optional<double> value = parse_finite(line);
  if (value && std::abs(*value) <= kLargestScore) return *value;
  throw UserError(
      str("score ", quote_for_message(line), value ? " is beyond 1e30" : " is no finite number"),
      "give one number per line");
}

/// Statistics: lines, sums of answers x, right answers y, x², y², xy.
class Pearson final : public AnswerMetric {
 public:
  Pearson() : AnswerMetric("pearson") {}

  std::size_t num_statistics() const override { return 6; }

  double score(const Statistics& total) const override {
    const double n = total[0];
    const double spread_x = spread(n, total[1], total[3]);
    const double spread_y = spread(n, total[2], total[4]);
    if (spread_x == 0 || spread_y == 0) return 0;
    const double common = n * total[5] - total[1] * total[2];
    return 100 * std::clamp(common / std::sqrt(spread_x) / std::sqrt(spread_y), -1.0, 1.0);
  }

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    const double x = score_of_line(answer);
    const double y = score_of_line(right);
    return {1, x, y, x * x, y * y, x * y};
  }

 private:
  /// n Σx² - (Σx)², 0 where it is nothing but rounding.
  static double spread(double n, double sum, double squares) {
    const double found = n * squares - sum * sum;
    return found > kLeastSpread * n * squares ? found : 0;
  }
};

/// Statistics: lines, squared differences.
class MeanSquaredError final : public AnswerMetric {
 public:
  MeanSquaredError() : AnswerMetric("mse") {}

  bool is_higher_better() const override { return false; }
  std::size_t num_statistics() const override { return 2; }
  double score(const Statistics& total) const override {
    return total[0] > 0 ? total[1] / total[0] : 0;
  }

 protected:
  Statistics compare(std::string_view answer, std::string_view right) const override {
    const double difference = score_of_line(answer) - score_of_line(right);
    return {1, difference * difference};
  }
};

}  // namespace

std::unique_ptr<Metric> make_pearson() {
  return std::make_unique<Pearson>();
}

std::unique_ptr<Metric> make_mean_squared_error() {
  return std::make_unique<MeanSquaredError>();
}

}  // namespace regard
