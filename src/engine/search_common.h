#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regard/engine/search.h"

namespace regard {

/// What sentence `i` must begin with.
std::span<const std::int32_t> prefix_of(const SearchInput& input, std::size_t i);

/// Limit of sentence `i`: never shorter than its prefix.
std::int64_t limit_of(const SearchInput& input, const SearchOptions& options, std::size_t i,
                      std::int64_t source_length);

/// An open hypothesis, as far as it decides what may be said next.
struct OpenRow {
  std::span<const std::int32_t> tokens;  ///< said so far
  std::span<const std::int32_t> prefix;
  std::int64_t max_length = 0;
};

/// Makes what must not be said impossible in log-probabilities: suppressed ids; the end mark before
/// options.min_length; what would repeat an n-gram; besides the next token of a prefix, and besides
/// the end mark at the limit, everything. A prefix that begins with roles.forced_first has it as
/// certain.
void constrain(const ScoreRows& log_probabilities, const std::vector<OpenRow>& rows,
               const TokenRoles& roles, const SearchOptions& options);

}  // namespace regard
