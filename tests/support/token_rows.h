#pragma once

#include <cstdint>
#include <vector>

#include "regard/core/random.h"
#include "regard/engine/token_batch.h"

namespace regard::test {

using TokenRows = std::vector<std::vector<std::int32_t>>;

/// Rows of those lengths whose ids are from 4 (the first that has no role) to `vocabulary`.
inline TokenRows random_rows(const std::vector<std::size_t>& lengths, std::int64_t vocabulary,
                             std::uint64_t seed = 1) {
  RandomStream random(seed);
  TokenRows rows;
  for (const std::size_t length : lengths) {
    std::vector<std::int32_t> row(length);
    for (std::int32_t& id : row) {
      id = static_cast<std::int32_t>(4 + random.below(static_cast<std::uint64_t>(vocabulary - 4)));
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

inline std::vector<TokenSpan> spans_of(const TokenRows& rows) {
  return {rows.begin(), rows.end()};
}

/// Sources as our own models have them: ended by 3, padded with 0.
inline TokenBatch batch_of(const TokenRows& rows) {
  return make_token_batch(spans_of(rows), 3, 0);
}

}  // namespace regard::test
