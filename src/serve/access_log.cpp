#include "access_log.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

Descriptor open_log(const std::filesystem::path& path) {
  if (path == "-") return Descriptor(::dup(STDOUT_FILENO));
  return Descriptor(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
}

}  // namespace

AccessLog::AccessLog(std::filesystem::path path) : path_(std::move(path)) {
  if (path_.empty()) return;
  file_ = open_log(path_);
  if (!file_.is_open())
    throw UserError(str(path_.string(), ": ", std::strerror(errno)), "use another --access-log");
}

void AccessLog::reopen() {
  if (path_.empty()) return;
  Descriptor again = open_log(path_);
  const std::scoped_lock lock(mutex_);
  if (again.is_open()) file_ = std::move(again);
}

void AccessLog::write(std::string line) {
  if (path_.empty()) return;
  line += '\n';
  const std::scoped_lock lock(mutex_);
  [[maybe_unused]] const ssize_t written = ::write(file_.get(), line.data(), line.size());
}

}  // namespace regard
