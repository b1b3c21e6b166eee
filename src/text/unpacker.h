#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "text/file_kind.h"

namespace regard {

/// What one call of an Unpacker did.
struct UnpackStep {
  enum class State { goes_on, is_at_end, is_damaged, is_too_large };

  std::size_t taken = 0;  ///< bytes of the packed data
  std::size_t given = 0;  ///< bytes of the text
  State state = State::goes_on;
  std::string reason;  ///< of damage, or what is too large
};

/// Unpacks one format. Packed data is a row of members (streams, frames), each complete in itself;
/// programs that pack in parallel, and `cat`, make several. Memory is bounded, whatever the data.
class Unpacker {
 public:
  Unpacker() = default;
  virtual ~Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  /// Begins a member. Throws std::bad_alloc.
  virtual void begin() = 0;
  /// Continues with it; nothing taken and nothing given = more packed bytes are needed. Neither is
  /// called with an empty `into` nor after the end of the member.
  virtual UnpackStep step(std::string_view packed, std::span<char> into) = 0;
  /// Zeros between and after members are padding.
  virtual bool allows_padding() const = 0;
};

/// The largest window of what is unpacked, in bytes; a member that asks for more is refused. The
/// highest usual settings (zstd --ultra -22, xz -9e) need no more.
constexpr std::size_t kMaxWindowBytes = std::size_t{128} << 20;

/// `form` is a packed one.
std::unique_ptr<Unpacker> make_unpacker(FileKind::Form form);

}  // namespace regard
