#include "run/scratch_folder.h"

#include <cstdlib>
#include <string>
#include <system_error>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() {
  constexpr const char* kFix = "set TMPDIR to a folder that can be written";
  std::error_code failed;
  const fs::path parent = fs::temp_directory_path(failed);
  if (failed) throw RunError(str("TMPDIR: ", failed.message()), kFix);
  std::string name = (parent / "regard-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw RunError(SourceSpot{parent.string()}, "no folder can be created there", kFix);
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace regard
