#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "align/pair_posteriors.h"

namespace regard {

/// What passes learn.
struct AlignState {
  std::uint64_t key = 0;  ///< of text and options: another key, another state
  std::uint64_t num_passes_done = 0;
  std::array<double, 2> entropy = {0, 0};
  JumpTables jumps;
};

/// Writes a state and the values of its table, complete or not at all.
void write_align_state(const std::filesystem::path& path, const AlignState& state,
                       const std::vector<std::span<const float>>& values);

/// Reads it again, into `values` as well, which have the sizes of those that were written. Throws
/// UserError for another file, a damaged one, one with another key and one that says that more than
/// `max_passes` passes are done; then the values may have changed.
AlignState read_align_state(const std::filesystem::path& path, std::uint64_t key,
                            std::uint64_t max_passes, const std::vector<std::span<float>>& values);

}  // namespace regard
