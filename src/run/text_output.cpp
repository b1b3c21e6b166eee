#include "regard/run/text_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail_of_standard_output() {
  throw RunError(str("standard output cannot be written: ", std::strerror(errno)));
}

}  // namespace

TextOutput::TextOutput(const fs::path& path, const std::vector<fs::path>& inputs) {
  if (path.empty() || path == "-") return;
  std::error_code none;
  if (fs::is_directory(path, none)) {
    throw UserError(SourceSpot{path.string()}, "the output is a directory", "give a file name");
  }
  for (const fs::path& input : inputs) {
    if (!input.empty() && fs::is_regular_file(path, none) && fs::equivalent(path, input, none)) {
      throw UserError(SourceSpot{path.string()}, "output and input are the same file",
                      "choose another output");
    }
  }
  file_ = std::make_unique<AtomicFile>(path);
}

void TextOutput::write(std::string_view text) {
  if (file_) {
    file_->write(text);
  } else if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
    fail_of_standard_output();
  }
}

void TextOutput::flush() {
  if (file_) {
    file_->flush();
  } else if (std::fflush(stdout) != 0) {
    fail_of_standard_output();
  }
}

void TextOutput::commit() {
  flush();
  if (file_) file_->commit();
}

}  // namespace regard
