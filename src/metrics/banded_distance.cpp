#include "metrics/banded_distance.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace regard {
namespace {

constexpr std::int32_t kInfinity = 1 << 29;
constexpr double kBeamWidth = 25;

std::size_t length_of_common_prefix(std::span<const Symbol> a, std::span<const Symbol> b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end - a.begin());
}

}  // namespace

BandedDistance::BandedDistance(std::span<const Symbol> reference, std::size_t length)
    : reference_(reference) {
  lay_out_rows(length);
  costs_.resize(rows_.back().offset + (rows_.back().end - rows_.back().first));
  edits_.resize(costs_.size());
  for (std::size_t j = 0; j < rows_[0].end; ++j) {
    costs_[j] = static_cast<std::int32_t>(j);
    edits_[j] = Edit::insert;
  }
}

void BandedDistance::lay_out_rows(std::size_t length) {
  const std::size_t num_columns = reference_.size() + 1;
  const double ratio =
      length == 0 ? 1.0 : static_cast<double>(reference_.size()) / static_cast<double>(length);
  // A wider band when the lengths differ so much that the bands of two rows would not meet.
  const double beam = kBeamWidth < ratio / 2 ? std::ceil(ratio / 2 + kBeamWidth) : kBeamWidth;
  rows_.push_back({0, num_columns, 0});
  for (std::size_t i = 1; i <= length; ++i) {
    const double diagonal = std::floor(static_cast<double>(i) * ratio);
    const auto first = static_cast<std::size_t>(std::max(0.0, diagonal - beam));
    const auto end = std::min(num_columns, static_cast<std::size_t>(diagonal + beam));
    const Row& above = rows_.back();
    rows_.push_back(
        {first, i == length ? num_columns : end, above.offset + above.end - above.first});
  }
}

void BandedDistance::fill_row(std::size_t i, Symbol word, const std::int32_t* previous,
                              std::int32_t* current, Edit* edits) const {
  const Row& above = rows_[i - 1];
  const Row& row = rows_[i];
  const auto cost_above = [&](std::size_t j) {
    return j >= above.first && j < above.end ? previous[j - above.first] : kInfinity;
  };
  for (std::size_t j = row.first; j < row.end; ++j) {
    std::int32_t cost = kInfinity;
    Edit edit = Edit::unreachable;
    // Of equal costs the first one wins; the order is Tercom's, seen from the reference.
    const auto consider = [&](std::int32_t other_cost, Edit other) {
      if (other_cost < cost) {
        cost = other_cost;
        edit = other;
      }
    };
    if (j > 0) {
      const bool is_equal = word == reference_[j - 1];
      consider(cost_above(j - 1) + (is_equal ? 0 : 1), is_equal ? Edit::keep : Edit::substitute);
    }
    consider(cost_above(j) + 1, Edit::remove);
    if (j > row.first) consider(current[j - row.first - 1] + 1, Edit::insert);
    current[j - row.first] = cost;
    if (edits != nullptr) edits[j - row.first] = edit;
  }
}

std::int32_t BandedDistance::set_base(std::span<const Symbol> translation) {
  assert(translation.size() + 1 == rows_.size());
  for (std::size_t i = 1 + length_of_common_prefix(base_, translation); i < rows_.size(); ++i) {
    const std::size_t start = rows_[i].offset;
    fill_row(i, translation[i - 1], &costs_[rows_[i - 1].offset], &costs_[start], &edits_[start]);
  }
  base_.assign(translation.begin(), translation.end());
  return costs_.back();
}

std::vector<Edit> BandedDistance::edits() const {
  std::vector<Edit> result;
  std::size_t i = rows_.size() - 1;
  std::size_t j = reference_.size();
  while (i > 0 || j > 0) {
    const Edit edit = edits_[rows_[i].offset + j - rows_[i].first];
    assert(edit != Edit::unreachable);
    result.push_back(edit);
    if (edit != Edit::insert) --i;
    if (edit != Edit::remove) --j;
  }
  std::reverse(result.begin(), result.end());
  return result;
}

bool BandedDistance::is_parallel(std::size_t i, const Costs& costs) const {
  const std::int32_t* base = &costs_[rows_[i].offset];
  for (std::size_t j = 1; j < costs.size(); ++j) {
    if (costs[j] - base[j] != costs[0] - base[0]) return false;
  }
  return true;
}

std::int32_t BandedDistance::distance_of(std::span<const Symbol> translation) {
  assert(translation.size() == base_.size());
  const std::size_t start = length_of_common_prefix(base_, translation);
  std::size_t end = base_.size();
  while (end > start && base_[end - 1] == translation[end - 1])
    --end;

  const std::int32_t* row = &costs_[rows_[start].offset];
  previous_.assign(row, row + (rows_[start].end - rows_[start].first));
  for (std::size_t i = start + 1; i < rows_.size(); ++i) {
    current_.resize(rows_[i].end - rows_[i].first);
    fill_row(i, translation[i - 1], previous_.data(), current_.data(), nullptr);
    previous_.swap(current_);
    // From the same words, parallel rows continue in parallel.
    if (i >= end && is_parallel(i, previous_)) {
      return costs_.back() + previous_[0] - costs_[rows_[i].offset];
    }
  }
  return previous_.back();
}

}  // namespace regard
