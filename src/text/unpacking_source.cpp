#include "text/unpacking_source.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/strings.h"

#include "text/unpacker.h"

namespace regard {
namespace {

constexpr std::size_t kPackedBytes = std::size_t{1} << 17;
constexpr std::size_t kAheadBytes = std::size_t{1} << 16;

const char* word_of(FileKind::Form form) {
  switch (form) {
    case FileKind::Form::xz:
      return "xz";
    case FileKind::Form::zstd:
      return "zstd";
    case FileKind::Form::bzip2:
      return "bzip2";
    default:
      return "gzip";
  }
}

class UnpackingSource : public ByteSource {
 public:
  explicit UnpackingSource(PackedInput input)
      : input_(std::move(input)),
        unpacker_(make_unpacker(input_.form)),
        buffer_(std::move(input_.start)),
        packed_(buffer_) {}
  UnpackingSource(const UnpackingSource&) = delete;
  UnpackingSource& operator=(const UnpackingSource&) = delete;

  std::size_t read(char* into, std::size_t room) override {
    if (ahead_.empty()) return *unpack({into, room}, true);
    const std::size_t count = std::min(room, ahead_.size());
    std::memcpy(into, ahead_.data(), count);
    ahead_ = ahead_.subspan(count);
    return count;
  }

  /// Unpacks a little ahead, because packed bytes that are there need not make any text.
  bool is_ready() override {
    if (!ahead_.empty() || is_at_end_) return true;
    store_.resize(kAheadBytes);
    const auto count = unpack(store_, false);
    if (count) ahead_ = std::span<char>(store_).first(*count);
    return count.has_value();
  }

 private:
  /// Unpacks at least one byte, or none at the end; nothing when that would mean to wait.
  std::optional<std::size_t> unpack(std::span<char> into, bool may_wait) {
    while (!is_at_end_) {
      if (!is_in_member_ && !begin_member()) {
        if (!refill(may_wait)) return is_at_end_ ? std::optional<std::size_t>(0) : std::nullopt;
        continue;
      }
      const UnpackStep step = unpacker_->step(packed_, into);
      packed_.remove_prefix(step.taken);
      offset_ += step.taken;
      check(step);
      if (step.state == UnpackStep::State::is_at_end) is_in_member_ = false;
      if (step.given > 0) return step.given;
      if (step.taken > 0 || !is_in_member_) continue;
      if (!packed_.empty()) refuse(str("is corrupt near byte ", with_thousands(offset())));
      if (!refill(may_wait) && !is_at_end_) return std::nullopt;
    }
    return 0;
  }

  /// False when there is no byte of a further member yet.
  bool begin_member() {
    while (unpacker_->allows_padding() && !packed_.empty() && packed_.front() == '\0') {
      packed_.remove_prefix(1);
      ++offset_;
    }
    if (packed_.empty()) return false;
    unpacker_->begin();
    is_in_member_ = true;
    return true;
  }

  /// Reads more packed bytes; false when there are none.
  bool refill(bool may_wait) {
    if (!may_wait && !input_.source->is_ready()) return false;
    buffer_.resize(kPackedBytes);
    const std::size_t count = input_.source->read(buffer_.data(), buffer_.size());
    packed_ = std::string_view(buffer_).substr(0, count);
    if (count > 0) return true;
    is_at_end_ = true;
    const bool was_stopped = input_.stop != nullptr && input_.stop->is_requested();
    if (is_in_member_ && !was_stopped) {
      refuse(str("is truncated at byte ", with_thousands(offset())));
    }
    return false;
  }

  void check(const UnpackStep& step) const {
    if (step.state == UnpackStep::State::is_damaged) {
      refuse(str("is corrupt near byte ", with_thousands(offset()), ": ", step.reason));
    }
    if (step.state != UnpackStep::State::is_too_large) return;
    throw UserError(
        SourceSpot{input_.name},
        str("decompressing the ", word_of(input_.form), " file takes ", step.reason,
            " of memory, more than the ", kMaxWindowBytes >> 20, " MiB that are allowed"),
        "compress the text again with a smaller window, or use it uncompressed");
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw UserError(SourceSpot{input_.name}, str("the ", word_of(input_.form), " file ", what),
                    "create or download the file again");
  }

  std::int64_t offset() const { return static_cast<std::int64_t>(offset_); }

  PackedInput input_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string buffer_;
  std::string_view packed_;  ///< what is left in `buffer_`
  std::size_t offset_ = 0;   ///< of `packed_` in the packed bytes
  bool is_in_member_ = false;
  bool is_at_end_ = false;
  std::vector<char> store_;
  std::span<char> ahead_;  ///< unpacked already, in `store_`
};

}  // namespace

std::unique_ptr<ByteSource> make_unpacking_source(PackedInput input) {
  return std::make_unique<UnpackingSource>(std::move(input));
}

}  // namespace regard
