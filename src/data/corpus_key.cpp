#include "data/corpus_key.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "regard/core/descriptor.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

/// Raised when the same input would give other tokens or another file.
constexpr std::uint64_t kFormat = 1;
constexpr std::int64_t kSampleBytes = std::int64_t{1} << 16;

/// Text that tells one request from another.
class KeyText {
 public:
  void add(std::uint64_t value) { text_ += str(value, ";"); }
  void add(std::string_view text) { text_ += str(text.size(), ":", text, ";"); }
  std::uint64_t value() const { return fingerprint(text_); }

 private:
  std::string text_;
};

std::string read_sample(int descriptor, std::int64_t offset) {
  std::string sample(static_cast<std::size_t>(kSampleBytes), '\0');
  const ssize_t count = ::pread(descriptor, sample.data(), sample.size(), offset);
  sample.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return sample;
}

/// Start, middle and end of a file, its size and its time of change.
void add_file(const std::filesystem::path& path, KeyText& key) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0) {
    const int error = errno;
    throw UserError(SourceSpot{path.string()}, str("cannot be opened: ", std::strerror(error)));
  }
  const std::int64_t size = status.st_size;
  key.add(static_cast<std::uint64_t>(size));
  key.add(static_cast<std::uint64_t>(status.st_mtim.tv_sec));
  key.add(static_cast<std::uint64_t>(status.st_mtim.tv_nsec));
  for (const std::int64_t offset : {std::int64_t{0}, size / 2, size - kSampleBytes}) {
    key.add(fingerprint(read_sample(file.get(), std::max<std::int64_t>(offset, 0))));
  }
}

}  // namespace

std::uint64_t corpus_key(const std::vector<CorpusFiles>& files, const ExampleFormat& format,
                         const CorpusLoading& loading) {
  KeyText key;
  key.add(kFormat);
  for (const std::uint64_t fingerprint : format.fingerprints())
    key.add(fingerprint);
  key.add(static_cast<std::uint64_t>(loading.max_length));
  key.add(format_shortest(loading.max_ratio));
  key.add(static_cast<std::uint64_t>(loading.invalid_utf8));
  key.add(std::uint64_t{loading.keep_text});
  for (const CorpusFiles& corpus : files) {
    add_file(corpus.source, key);
    if (!corpus.target.empty()) add_file(corpus.target, key);
    key.add(corpus.tag);
    if (corpus.alignments.empty()) continue;
    key.add("links");
    add_file(corpus.alignments, key);
  }
  return key.value();
}

}  // namespace regard
