#include "regard/report/attention_map.h"

#include <stdexcept>

#include "regard/core/strings.h"

namespace regard {
namespace {

void check_map(const AttentionMap& map, std::int64_t head) {
  const std::string sizes =
      str("[", map.heads, ", ", map.num_rows, ", ", map.num_columns, "] weights of ", map.name);
  const bool is_possible = map.heads > 0 && map.num_rows >= 0 && map.num_columns >= 0;
  if (!is_possible ||
      static_cast<std::int64_t>(map.weights.size()) != map.heads * map.num_rows * map.num_columns) {
    throw std::invalid_argument(str(sizes, ", but ", map.weights.size(), " numbers"));
  }
  if (head < -1 || head >= map.heads) {
    throw std::invalid_argument(str(sizes, " have no head ", head));
  }
}

}  // namespace

std::vector<float> AttentionMap::head(std::int64_t head) const {
  check_map(*this, head);
  const auto size = static_cast<std::size_t>(num_rows * num_columns);
  if (head >= 0) {
    const auto begin = weights.begin() + head * num_rows * num_columns;
    return {begin, begin + num_rows * num_columns};
  }
  std::vector<double> sums(size, 0);
  for (std::size_t i = 0; i < weights.size(); ++i)
    sums[i % size] += static_cast<double>(weights[i]);
  std::vector<float> mean(size);
  for (std::size_t i = 0; i < size; ++i)
    mean[i] = static_cast<float>(sums[i] / static_cast<double>(heads));
  return mean;
}

}  // namespace regard
