#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace regard {

/// An array of bytes, row-major: [images, height, width] or [labels].
struct IdxBytes {
  std::vector<std::int64_t> shape;  ///< outermost first
  std::vector<std::uint8_t> values;
};

/// Reads an IDX file (LeCun's MNIST), packed by gzip or not, of unsigned bytes. Nothing of the file
/// is trusted; memory is bounded by what the file unpacks to, and by `max_bytes`. Throws UserError
/// naming the file and what is wrong: missing, no IDX, numbers other than bytes, more than 8
/// dimensions, less or more bytes than its sizes multiply up to, damaged gzip.
IdxBytes read_idx(const std::filesystem::path& path, std::size_t max_bytes = std::size_t{1} << 34);

}  // namespace regard
