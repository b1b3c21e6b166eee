#include "regard/text/line_reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/utf8.h"

#include "text/byte_source.h"

namespace regard {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 16;
constexpr std::size_t kEndlessBytes = std::size_t{1} << 30;  // of one line
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

struct LineReader::Impl {
  Impl(std::unique_ptr<ByteSource> a_source, std::string a_name,
       const LineReaderOptions& an_options)
      : source(std::move(a_source)), name(std::move(a_name)), options(an_options) {
    options.max_line_bytes = std::max<std::size_t>(options.max_line_bytes, 4);
  }

  bool take_line(Line& line);
  bool apply_policy(Line& line);
  bool find_line();
  void skip_rest_of_cut_line();
  void fill();
  void deliver(std::string_view bytes, Line& line);

  std::unique_ptr<ByteSource> source;
  std::string name;
  LineReaderOptions options;
  std::string buffer;
  std::size_t begin = 0;    ///< the first byte of `buffer` not delivered yet
  std::size_t scanned = 0;  ///< no \n in [begin, scanned)
  bool is_at_end = false;
  bool skips_to_newline = false;  ///< the start of an over-long line was delivered
  std::size_t cut_bytes = 0;      ///< that were left out of it
  std::int64_t number = 0;
  std::int64_t skipped = 0;
  std::size_t bytes_before = 0;  ///< of this line, before its text: a byte order mark
};

/// True when the buffer holds a whole line, an over-long one or the end, so that no more bytes are
/// needed. `scanned` then stands on the \n, if there is one.
bool LineReader::Impl::find_line() {
  if (skips_to_newline) skip_rest_of_cut_line();
  if (!skips_to_newline) {
    scanned = std::min(buffer.find('\n', std::max(begin, scanned)), buffer.size());
    // Beyond the limit there may be a \r that belongs to the line end, and a byte order mark.
    const std::size_t extra = 1 + (number == 0 ? kByteOrderMark.size() : 0);
    if (scanned < buffer.size() || scanned - begin > options.max_line_bytes + extra) return true;
  }
  return is_at_end;
}

void LineReader::Impl::skip_rest_of_cut_line() {
  const std::size_t newline = buffer.find('\n', begin);
  skips_to_newline = newline == std::string::npos;
  cut_bytes += (skips_to_newline ? buffer.size() : newline) - begin;
  if (cut_bytes > kEndlessBytes) {
    throw UserError(SourceSpot{name, number}, "the line is longer than 1 GiB",
                    "use a text with line breaks");
  }
  begin = skips_to_newline ? buffer.size() : newline + 1;
  scanned = begin;
}

void LineReader::Impl::fill() {
  buffer.erase(0, begin);
  scanned -= std::min(begin, scanned);
  begin = 0;
  const std::size_t held = buffer.size();
  buffer.resize(held + kReadBytes);
  const std::size_t count = source->read(buffer.data() + held, kReadBytes);
  buffer.resize(held + count);
  is_at_end = count == 0;
}

void LineReader::Impl::deliver(std::string_view bytes, Line& line) {
  line.number = ++number;
  bytes_before = number == 1 && bytes.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  bytes.remove_prefix(bytes_before);
  line.was_cut = bytes.size() > options.max_line_bytes;
  line.text = line.was_cut ? utf8_prefix(bytes, options.max_line_bytes) : bytes;
}

bool LineReader::Impl::take_line(Line& line) {
  while (!find_line())
    fill();
  const bool has_newline = !skips_to_newline && scanned < buffer.size();
  if (!has_newline && is_at_end && (skips_to_newline || begin == buffer.size())) return false;
  std::string_view bytes(buffer.data() + begin, scanned - begin);
  if (has_newline || is_at_end) {
    if (bytes.ends_with('\r')) bytes.remove_suffix(1);
    deliver(bytes, line);
    begin = has_newline ? scanned + 1 : buffer.size();
  } else {
    deliver(bytes, line);
    skips_to_newline = true;
    cut_bytes = 0;
    begin = buffer.size();
  }
  scanned = begin;
  return true;
}

/// False when the line is to be left out.
bool LineReader::Impl::apply_policy(Line& line) {
  line.invalid_byte = first_invalid_utf8(line.text);
  if (line.invalid_byte == Line::kValid) return true;
  line.invalid_byte += bytes_before;
  switch (options.invalid_utf8) {
    case InvalidUtf8::error:
      throw UserError(SourceSpot{name, line.number},
                      str("byte ", line.invalid_byte + 1, ": invalid UTF-8"),
                      "convert the text to UTF-8");
    case InvalidUtf8::replace:
      line.text = replace_invalid_utf8(line.text);
      return true;
    case InvalidUtf8::skip:
      ++skipped;
      return false;
    case InvalidUtf8::keep:
      return true;
  }
  return true;
}

LineReader::LineReader(const std::filesystem::path& path, const LineReaderOptions& options)
    : impl_(std::make_unique<Impl>(open_file_source(path, options.stop), path.string(), options)) {}

LineReader::LineReader(int descriptor, std::string name, const LineReaderOptions& options)
    : impl_(std::make_unique<Impl>(make_descriptor_source(descriptor, name, options.stop), name,
                                   options)) {}

LineReader::LineReader(std::istream& stream, std::string name, const LineReaderOptions& options)
    : impl_(std::make_unique<Impl>(make_stream_source(stream, name), name, options)) {}

LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;

bool LineReader::next(Line& line) {
  while (impl_->take_line(line)) {
    if (impl_->apply_policy(line)) return true;
  }
  return false;
}

bool LineReader::has_buffered_line() {
  while (!impl_->find_line()) {
    if (!impl_->source->is_ready()) return false;
    impl_->fill();
  }
  return true;
}

const std::string& LineReader::name() const {
  return impl_->name;
}
std::int64_t LineReader::skipped_lines() const {
  return impl_->skipped;
}

}  // namespace regard
