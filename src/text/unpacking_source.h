#pragma once

#include <memory>
#include <string>

#include "regard/core/stop_flag.h"

#include "text/byte_source.h"
#include "text/file_kind.h"

namespace regard {

/// Packed bytes, of which `start` was read already.
struct PackedInput {
  std::unique_ptr<ByteSource> source;
  std::string start;
  FileKind::Form form = FileKind::Form::gzip;
  std::string name;
  const StopFlag* stop = nullptr;  ///< may be null; the end that a stop makes is not damage
};

/// The text of packed bytes. Reading throws UserError with the location of the damage where they
/// are truncated, damaged or need too large a window.
std::unique_ptr<ByteSource> make_unpacking_source(PackedInput input);

}  // namespace regard
