#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "metrics/ngrams.h"

namespace regard {

/// A step from a translation to a reference.
enum class Edit : std::uint8_t {
  unreachable,  ///< a cell outside the band
  keep,         ///< the words are equal
  substitute,
  insert,  ///< a word of the reference that the translation lacks
  remove,  ///< a word of the translation that the reference lacks
};

/// Edit distance between a reference and translations of one length, computed only in a band around
/// the diagonal. Memory: length times the width of the band (about 50).
class BandedDistance {
 public:
  /// `reference` must outlive the object. `length` = number of words of every translation that it
  /// will see.
  BandedDistance(std::span<const Symbol> reference, std::size_t length);

  /// Sets the translation that edits() and distance_of() start from; returns its distance.
  std::int32_t set_base(std::span<const Symbol> translation);
  /// The edits from the base to the reference, in order.
  std::vector<Edit> edits() const;
  /// The distance of another translation. The less it differs from the base, the less there is to
  /// compute.
  std::int32_t distance_of(std::span<const Symbol> translation);

 private:
  using Costs = std::vector<std::int32_t>;

  /// Columns first to end - 1 of a row of the matrix; its cells start at `offset`.
  struct Row {
    std::size_t first;
    std::size_t end;
    std::size_t offset;
  };

  void lay_out_rows(std::size_t length);
  /// Fills row `i` for the word `word` from the row before it. `edits` may be null.
  void fill_row(std::size_t i, Symbol word, const std::int32_t* previous, std::int32_t* current,
                Edit* edits) const;

  /// True when `costs` differ from the base's row `i` by the same number everywhere.
  bool is_parallel(std::size_t i, const Costs& costs) const;

  std::span<const Symbol> reference_;
  Symbols base_;
  std::vector<Row> rows_;  ///< one per word of the translation, and one before them
  Costs costs_;
  std::vector<Edit> edits_;
  Costs previous_;  ///< rows of distance_of(), kept to spare allocations
  Costs current_;
};

}  // namespace regard
