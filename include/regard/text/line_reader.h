#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <string>

#include "regard/core/stop_flag.h"
#include "regard/text/invalid_utf8.h"

namespace regard {

struct Line {
  static constexpr std::size_t kValid = std::string::npos;

  std::string text;         ///< without the line end
  std::int64_t number = 0;  ///< counted from 1
  bool was_cut = false;     ///< it was longer than LineReaderOptions::max_line_bytes
  /// Offset of the first byte that was not UTF-8 in the file, kValid when there was none.
  std::size_t invalid_byte = kValid;
};

struct LineReaderOptions {
  /// A longer line is cut there (at a character), so that a line never takes more memory than this.
  /// Bytes, at least 4.
  std::size_t max_line_bytes = std::size_t{1} << 20;
  InvalidUtf8 invalid_utf8 = InvalidUtf8::error;
  /// Ends the input when it asks to stop while the reader waits; may be null.
  const StopFlag* stop = nullptr;
};

/// Reads text line by line. Only \n ends a line: a final \r is dropped, U+2028, form feeds and lone
/// \r are ordinary characters. A byte order mark at the start of the input is dropped; the last
/// line needs no \n.
class LineReader {
 public:
  /// Opens a file or pipe. Text in gzip, xz, zstd or bzip2 format (recognized by its first bytes;
  /// several members are fine) is unpacked. Throws UserError (missing, directory, unreadable).
  explicit LineReader(const std::filesystem::path& path, const LineReaderOptions& options = {});
  /// Reads an open descriptor in the same way, which stays open; `name` is for messages. A line is
  /// delivered as soon as it is there.
  LineReader(int descriptor, std::string name, const LineReaderOptions& options = {});
  /// Reads a stream, which must outlive the reader, as it is.
  LineReader(std::istream& stream, std::string name, const LineReaderOptions& options = {});
  ~LineReader();
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;

  /// Gets the next line; false at the end of the input. Throws UserError for a packed file that is
  /// cut, damaged or needs more than 128 MiB, for what is not text by its first bytes ("is a
  /// zip archive") and, with InvalidUtf8::error, as "FILE:LINE: byte N: invalid UTF-8" (N counted
  /// from 1); RunError when reading fails.
  bool next(Line& line);

  /// True when next() will return without waiting: a whole line, or the end, is here. Takes in what
  /// a pipe holds by now, but never waits for more. False is the moment for a filter to answer what
  /// it has.
  bool has_buffered_line();

  const std::string& name() const;
  /// Lines left out by InvalidUtf8::skip so far.
  std::int64_t skipped_lines() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace regard
