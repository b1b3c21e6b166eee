#include "metrics/edit_rate.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <tuple>
#include <vector>

#include "metrics/banded_distance.h"

namespace regard {
namespace {

// All positions are signed: -1 is the position before the first word.
using Index = std::int64_t;

constexpr Index kMaxShiftSize = 10;
constexpr Index kMaxShiftDistance = 50;
constexpr int kMaxTries = 1000;

/// Which word of the translation stands for which of the reference, and where they differ.
struct Alignment {
  std::vector<Index> translation_of;  ///< per word of the reference; -1 = before the first word
  std::vector<bool> is_reference_wrong;
  std::vector<bool> is_translation_wrong;
};

Alignment align(const std::vector<Edit>& edits) {
  Alignment result;
  Index position = -1;
  for (const Edit edit : edits) {
    const bool is_wrong = edit != Edit::keep;
    if (edit != Edit::insert) {
      ++position;
      result.is_translation_wrong.push_back(is_wrong);
    }
    if (edit != Edit::remove) {
      result.translation_of.push_back(position);
      result.is_reference_wrong.push_back(is_wrong);
    }
  }
  return result;
}

bool any_in(const std::vector<bool>& flags, Index start, Index length) {
  return std::any_of(flags.begin() + start, flags.begin() + start + length,
                     [](bool flag) { return flag; });
}

/// `length` words from `start` on move to before word `target`; a target inside or right behind the
/// block moves it by as many words as the target is behind its start.
struct Shift {
  Index gain;  ///< by how much the edit distance falls
  Index length;
  Index start;
  Index target;

  /// Tercom's order: the largest gain, then the longest block, then the earliest start and target.
  bool is_better_than(const Shift& other) const {
    return std::tuple(gain, length, -start, -target) >
           std::tuple(other.gain, other.length, -other.start, -other.target);
  }
};

void apply(const Shift& shift, const Symbols& words, Symbols& result) {
  result = words;
  const auto begin = result.begin();
  const Index end = shift.start + shift.length;
  const Index size = static_cast<Index>(words.size());
  if (shift.target < shift.start) {
    std::rotate(begin + shift.target, begin + shift.start, begin + end);
  } else {
    const Index last =
        shift.target > end ? shift.target : std::min(size, shift.target + shift.length);
    std::rotate(begin + shift.start, begin + end, begin + last);
  }
}

class ShiftSearch {
 public:
  ShiftSearch(std::span<const Symbol> translation, std::span<const Symbol> reference)
      : words_(translation.begin(), translation.end()),
        reference_(reference),
        distance_(reference, translation.size()) {}

  /// Shifts until that no longer helps, or the tries are used up; returns shifts plus remaining
  /// edits.
  std::int64_t run() {
    std::int64_t num_shifts = 0;
    while (true) {
      base_distance_ = distance_.set_base(words_);
      const std::optional<Shift> shift = find_best();
      if (num_tries_ >= kMaxTries || !shift || shift->gain <= 0) return num_shifts + base_distance_;
      apply(*shift, words_, shifted_);
      words_.swap(shifted_);
      ++num_shifts;
    }
  }

 private:
  Index num_words() const { return static_cast<Index>(words_.size()); }
  Index num_reference_words() const { return static_cast<Index>(reference_.size()); }

  std::optional<Shift> find_best() {
    alignment_ = align(distance_.edits());
    best_.reset();
    for (Index start = 0; start < num_words(); ++start) {
      const Index first = std::max<Index>(0, start - kMaxShiftDistance);
      const Index last = std::min(num_reference_words() - 1, start + kMaxShiftDistance);
      for (Index goal = first; goal <= last; ++goal) {
        try_blocks(start, goal);
        if (num_tries_ >= kMaxTries) return best_;
      }
    }
    return best_;
  }

  /// Blocks at `start` that equal the words of the reference at `goal`.
  void try_blocks(Index start, Index goal) {
    const Index most = std::min({kMaxShiftSize, num_words() - start, num_reference_words() - goal});
    for (Index length = 1; length <= most; ++length) {
      if (words_[start + length - 1] != reference_[goal + length - 1]) return;
      if (is_worth_trying(start, goal, length)) try_targets(start, goal, length);
      if (num_tries_ >= kMaxTries) return;
    }
  }

  /// Only a block that is wrong where it is, needed where it would go, and not already there.
  bool is_worth_trying(Index start, Index goal, Index length) const {
    const Index now = alignment_.translation_of[goal];
    return any_in(alignment_.is_translation_wrong, start, length) &&
           any_in(alignment_.is_reference_wrong, goal, length) &&
           !(start <= now && now < start + length);
  }

  void try_targets(Index start, Index goal, Index length) {
    Index previous = -1;
    for (Index offset = -1; offset < length; ++offset) {
      const Index position = goal + offset;
      if (position >= num_reference_words()) return;
      const Index target = position < 0 ? 0 : alignment_.translation_of[position] + 1;
      if (target == previous) continue;
      previous = target;
      try_shift({0, length, start, target});
    }
  }

  void try_shift(Shift shift) {
    apply(shift, words_, shifted_);
    shift.gain = base_distance_ - distance_.distance_of(shifted_);
    ++num_tries_;
    if (!best_ || shift.is_better_than(*best_)) best_ = shift;
  }

  Symbols words_;
  Symbols shifted_;
  std::span<const Symbol> reference_;
  BandedDistance distance_;
  std::int32_t base_distance_ = 0;
  Alignment alignment_;
  std::optional<Shift> best_;
  int num_tries_ = 0;
};

}  // namespace

std::int64_t count_edits(std::span<const Symbol> hypothesis, std::span<const Symbol> reference) {
  if (reference.empty()) return static_cast<std::int64_t>(hypothesis.size());
  return ShiftSearch(hypothesis, reference).run();
}

}  // namespace regard
