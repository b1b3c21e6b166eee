#pragma once

#include <cstdint>

namespace regard {

/// Where training stands in the data: the next batch to be read.
struct StreamPosition {
  std::int64_t epoch = 0;  ///< from 0
  std::int64_t batch = 0;  ///< within the epoch, from 0
  friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

}  // namespace regard
