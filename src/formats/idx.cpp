#include "regard/formats/idx.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <zlib.h>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

constexpr std::size_t kMaxIdxDims = 8;
constexpr int kUnsignedByte = 0x08;

struct CloseGzip {
  void operator()(gzFile_s* file) const { ::gzclose_r(file); }
};

/// The unpacked bytes of a file, whether it is packed or not.
class IdxSource {
 public:
  explicit IdxSource(const std::filesystem::path& path) : path_(path) {
    require_regular_file(path);
    file_.reset(::gzopen(path.c_str(), "rb"));
    if (!file_) refuse_idx(str("cannot be opened: ", std::strerror(errno)), "check the file");
  }

  [[noreturn]] void refuse_idx(const std::string& what,
                               const std::string& fix = "get the file again") const {
    throw UserError(SourceSpot{path_.string()}, what, fix);
  }

  /// As many bytes as there are, at most `room`.
  std::size_t read(void* into, std::size_t room) {
    std::size_t found = 0;
    while (found < room) {
      const auto part = static_cast<unsigned>(std::min<std::size_t>(room - found, 1U << 30));
      const int count = ::gzread(file_.get(), static_cast<char*>(into) + found, part);
      if (count < 0) refuse_damage();
      if (count == 0) break;
      found += static_cast<std::size_t>(count);
    }
    if (found < room) check_end();
    return found;
  }

 private:
  /// A gzip file that is cut ends without an error of gzread().
  void check_end() {
    int error = Z_OK;
    ::gzerror(file_.get(), &error);
    if (error != Z_OK && error != Z_STREAM_END) refuse_damage();
  }

  [[noreturn]] void refuse_damage() const {
    int error = Z_OK;
    const std::string reason = ::gzerror(file_.get(), &error);
    refuse_idx(error == Z_ERRNO ? str("cannot be read: ", std::strerror(errno))
                                : str("is cut or damaged: ", reason));
  }

  std::filesystem::path path_;
  std::unique_ptr<gzFile_s, CloseGzip> file_;
};

std::uint64_t big_endian(const std::array<unsigned char, 4>& bytes) {
  std::uint64_t value = 0;
  for (const unsigned char byte : bytes)
    value = value << 8 | byte;
  return value;
}

/// Two zero bytes, the type, the number of dimensions, then their sizes.
std::vector<std::int64_t> read_idx_header(IdxSource& source, std::size_t max_bytes) {
  std::array<unsigned char, 4> word{};
  if (source.read(word.data(), 4) < 4 || word[0] != 0 || word[1] != 0)
    source.refuse_idx("is no IDX file", "give a file such as train-images-idx3-ubyte.gz");
  if (word[2] != kUnsignedByte)
    source.refuse_idx(str("holds numbers of type ", int{word[2]}, ", not bytes (type 8)"),
                      "write the values as unsigned bytes");
  const std::size_t num_dims = word[3];
  if (num_dims < 1 || num_dims > kMaxIdxDims)
    source.refuse_idx(str("has ", num_dims, " dimensions"), "give 1 (labels) to 8");
  std::vector<std::int64_t> shape;
  std::uint64_t product = 1;
  for (std::size_t i = 0; i < num_dims; ++i) {
    if (source.read(word.data(), 4) < 4) source.refuse_idx("is cut in its header");
    const std::uint64_t size = big_endian(word);
    if (size != 0 && product > max_bytes / size)
      source.refuse_idx(str("has sizes that multiply up to more than ", max_bytes, " bytes"));
    product *= size;
    shape.push_back(static_cast<std::int64_t>(size));
  }
  return shape;
}

}  // namespace

IdxBytes read_idx(const std::filesystem::path& path, std::size_t max_bytes) {
  IdxSource source(path);
  IdxBytes result{read_idx_header(source, max_bytes), {}};
  std::size_t wanted = 1;
  for (const std::int64_t size : result.shape)
    wanted *= static_cast<std::size_t>(size);
  // In steps, so that a file that lies about its size takes no more memory than it has bytes.
  constexpr std::size_t kStep = std::size_t{1} << 24;
  std::size_t found = 0;
  while (found < wanted) {
    const std::size_t step = std::min(wanted - found, std::max(kStep, found));
    result.values.resize(found + step);
    const std::size_t count = source.read(&result.values[found], step);
    found += count;
    if (count < step) {
      source.refuse_idx(str("has ", with_thousands(static_cast<std::int64_t>(found)),
                            " bytes of values, but its sizes multiply up to ",
                            with_thousands(static_cast<std::int64_t>(wanted))));
    }
  }
  char more = 0;
  if (source.read(&more, 1) > 0) {
    source.refuse_idx(str("has more than the ", with_thousands(static_cast<std::int64_t>(wanted)),
                          " bytes of values that its sizes multiply up to"));
  }
  return result;
}

}  // namespace regard
