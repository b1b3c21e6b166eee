#pragma once

#include <cstddef>
#include <filesystem>
#include <istream>
#include <memory>
#include <string>

#include "regard/core/stop_flag.h"

namespace regard {

/// Where a LineReader gets its bytes from.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads 1 to `room` bytes, waiting only for the first; 0 at the end.
  virtual std::size_t read(char* into, std::size_t room) = 0;
  /// True when read() would not wait.
  virtual bool is_ready() = 0;
};

/// A file or pipe by its path, and a descriptor that somebody else closes. By its first bytes text
/// in gzip, xz, zstd or bzip2 format is unpacked, and what is not text is refused when reading
/// begins. `stop` may be null. Throws UserError.
std::unique_ptr<ByteSource> open_file_source(const std::filesystem::path& path,
                                             const StopFlag* stop);
std::unique_ptr<ByteSource> make_descriptor_source(int descriptor, std::string name,
                                                   const StopFlag* stop);
/// A stream, as it is.
std::unique_ptr<ByteSource> make_stream_source(std::istream& stream, std::string name);

}  // namespace regard
