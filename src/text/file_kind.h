#pragma once

#include <string>
#include <string_view>

namespace regard {

/// What the first bytes of a file or pipe say it is; names and endings of files say nothing.
struct FileKind {
  enum class Form {
    text,  ///< or nothing that is known
    gzip,
    xz,
    zstd,
    bzip2,
    other,  ///< no text, and nothing that is unpacked here
  };

  Form form = Form::text;
  std::string name;  ///< "a zip archive", "gzip data"; empty for text
  std::string fix;   ///< what to do about `other`

  bool is_packed() const { return form != Form::text && form != Form::other; }
};

/// Of the first bytes, the more the better (some signs stand at byte 257). Text in another encoding
/// than UTF-8 is text, but for UTF-16 and UTF-32. A NUL here and there is text as well; many of
/// them, or some together with bytes that are not UTF-8, are not.
FileKind recognise(std::string_view start);

/// True when more bytes could still make another kind of it: the front of a sign. Never where a
/// line has ended.
bool needs_more_to_recognise(std::string_view start);

}  // namespace regard
