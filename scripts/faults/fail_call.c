// A library for LD_PRELOAD that counts the calls by which a program changes the disk below one folder, and lets some
// of them fail. In the environment:
//   FAULT_ROOT   the folder, an absolute path without links
//   FAULT_LOG    a file outside of it that gets one line per call: "NUMBER CALL PATH [failed]"
//   FAULT_AT     the number of the call that fails, from 1; 0 = none
//   FAULT_ERRNO  the error
//   FAULT_STAYS  1 = every call that needs space fails from there on, as on a full disk
// A failing close() does close, as the system does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static int calls = 0;

static int number_in(const char* name) {
  const char* text = getenv(name);
  return text == NULL ? 0 : atoi(text);
}

/// Whether an absolute path is the root or below it.
static int is_inside(const char* path) {
  const char* root = getenv("FAULT_ROOT");
  if (root == NULL || path == NULL) return 0;
  const size_t length = strlen(root);
  return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/// The name of a path, absolute; nothing is looked up.
static const char* absolute(const char* path, char* buffer) {
  if (path == NULL || path[0] == '/') return path;
  if (getcwd(buffer, PATH_MAX) == NULL) return NULL;
  const size_t length = strlen(buffer);
  snprintf(buffer + length, PATH_MAX - length, "/%s", path);
  return buffer;
}

static const char* path_of(int descriptor, char* buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, buffer, PATH_MAX - 1);
  if (length < 0) return NULL;
  buffer[length] = '\0';
  return buffer;
}

/// Notes a call that changes `path`. 1 = it must fail, and errno is set.
static int fails(const char* call, const char* path, int needs_space) {
  const int before = errno;
  if (!is_inside(path)) {
    errno = before;
    return 0;
  }
  pthread_mutex_lock(&guard);
  const int number = ++calls;
  const int at = number_in("FAULT_AT");
  const int stays = number_in("FAULT_STAYS");
  const int is_hit = at > 0 && (number == at || (stays && needs_space && number > at));
  char line[PATH_MAX + 100];
  const int length =
      snprintf(line, sizeof line, "%d %s %s%s\n", number, call, path, is_hit ? " failed" : "");
  const char* log = getenv("FAULT_LOG");
  if (log != NULL) {
    const int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file >= 0) {
      syscall(SYS_write, file, line, (size_t)length);
      syscall(SYS_close, file);
    }
  }
  pthread_mutex_unlock(&guard);
  errno = is_hit ? number_in("FAULT_ERRNO") : before;
  return is_hit;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void* bytes, size_t count) {
  char buffer[PATH_MAX];
  if (fails("write", path_of(descriptor, buffer), 1)) return -1;
  return REAL(write)(descriptor, bytes, count);
}

ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  char buffer[PATH_MAX];
  if (fails("write", path_of(descriptor, buffer), 1)) return -1;
  return REAL(writev)(descriptor, parts, count);
}

int fsync(int descriptor) {
  char buffer[PATH_MAX];
  if (fails("fsync", path_of(descriptor, buffer), 0)) return -1;
  return REAL(fsync)(descriptor);
}

int ftruncate(int descriptor, off_t length) {
  char buffer[PATH_MAX];
  if (fails("ftruncate", path_of(descriptor, buffer), 0)) return -1;
  return REAL(ftruncate)(descriptor, length);
}

int close(int descriptor) {
  char buffer[PATH_MAX];
  // Only of files that were written: what close() says of others changes nothing.
  const int is_written = (fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
  if (is_written && fails("close", path_of(descriptor, buffer), 0)) {
    const int error = errno;
    REAL(close)(descriptor);
    errno = error;
    return -1;
  }
  return REAL(close)(descriptor);
}

int rename(const char* from, const char* to) {
  char buffer[PATH_MAX];
  if (fails("rename", absolute(to, buffer), 0)) return -1;
  return REAL(rename)(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  char buffer[PATH_MAX];
  if (fails("renameat2", absolute(to, buffer), 0)) return -1;
  return REAL(renameat2)(from_folder, from, to_folder, to, flags);
}

int mkdir(const char* path, mode_t mode) {
  char buffer[PATH_MAX];
  struct stat status;
  // Making what is there fails anyway.
  if (lstat(path, &status) != 0 && fails("mkdir", absolute(path, buffer), 1)) return -1;
  return REAL(mkdir)(path, mode);
}

int symlink(const char* target, const char* path) {
  char buffer[PATH_MAX];
  if (fails("symlink", absolute(path, buffer), 1)) return -1;
  return REAL(symlink)(target, path);
}

static int open_fails(const char* path, int flags) {
  char buffer[PATH_MAX];
  return (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && fails("open", absolute(path, buffer), (flags & O_CREAT) != 0);
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (open_fails(path, flags)) return -1;
  return REAL(open)(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (open_fails(path, flags)) return -1;
  return REAL(open64)(path, flags, mode);
}
