#include "text_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

namespace fs = std::filesystem;

TextOutput::TextOutput(const fs::path& path, const fs::path& input) {
  if (path.empty() || path == "-") return;
  std::error_code none;
  if (fs::is_directory(path, none)) {
    throw UserError(SourceSpot{path.string()}, "the output is a directory", "give a file name");
  }
  if (!input.empty() && fs::is_regular_file(path, none) && fs::equivalent(path, input, none)) {
    throw UserError(SourceSpot{path.string()}, "output and input are the same file",
                    "choose another output");
  }
  file_ = std::make_unique<AtomicFile>(path);
}

void TextOutput::write(std::string_view text) {
  if (file_) {
    file_->write(text);
  } else if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    throw RunError(str("standard output cannot be written: ", std::strerror(errno)));
  }
}

void TextOutput::flush() {
  if (file_) {
    file_->flush();
  } else if (std::fflush(stdout) != 0) {
    throw RunError(str("standard output cannot be written: ", std::strerror(errno)));
  }
}

void TextOutput::commit() {
  flush();
  if (file_) file_->commit();
}

}  // namespace regard
