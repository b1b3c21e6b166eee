#include "align/align_state.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/mapped_file.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

// In the order of the machine's bytes: a state is for resuming where it was made.
constexpr std::string_view kStateMagic = "regard align 1\n\n";
constexpr const char* kStartOver = "remove it, or choose another --resume";
static_assert(std::is_trivially_copyable_v<AlignState>);

template <class T>
std::string_view bytes_of(const T* data, std::size_t count) {
  return {reinterpret_cast<const char*>(data), count * sizeof(T)};
}

bool is_probability(double value) {
  return value >= 0 && value <= 1.0001;  // false for NaN
}

/// Jumps are probabilities once they were counted; those of the start reach a little further.
bool is_jump(double value) {
  return value >= 0 && value <= 1.01;
}

bool are_jumps(const JumpTable& table) {
  return std::all_of(table.jumps.begin(), table.jumps.end(), is_jump) &&
         std::all_of(table.starts.begin(), table.starts.end(), is_jump);
}

/// The bytes of a state file one part after another.
class StateBytes {
 public:
  StateBytes(const std::filesystem::path& path, std::string_view bytes)
      : path_(path), bytes_(bytes) {}

  void take(void* to, std::size_t count) {
    if (bytes_.size() < count) refuse("is cut");
    std::memcpy(to, bytes_.data(), count);
    bytes_.remove_prefix(count);
  }
  std::string_view rest() const { return bytes_; }

  [[noreturn]] void refuse(const std::string& why) const {
    throw UserError(SourceSpot{path_.string()}, "this state of an alignment " + why, kStartOver);
  }

 private:
  const std::filesystem::path& path_;
  std::string_view bytes_;
};

}  // namespace

void write_align_state(const std::filesystem::path& path, const AlignState& state,
                       const std::vector<std::span<const float>>& values) {
  AtomicFile file(path);
  std::uint64_t sum = fingerprint("");
  const auto write = [&](std::string_view bytes) {
    sum = fingerprint(bytes, sum);
    file.write(bytes);
  };
  write(kStateMagic);
  write(bytes_of(&state, 1));
  for (const std::span<const float> part : values)
    write(bytes_of(part.data(), part.size()));
  file.write(bytes_of(&sum, 1));
  file.commit();
}

AlignState read_align_state(const std::filesystem::path& path, std::uint64_t key,
                            std::uint64_t max_passes, const std::vector<std::span<float>>& values) {
  require_regular_file(path);
  const auto file = MappedFile::open(path);
  if (!file) throw UserError(SourceSpot{path.string()}, "cannot be read", kStartOver);
  const std::string_view all = bytes_of(file->bytes().data(), file->bytes().size());
  if (!all.starts_with(kStateMagic))
    throw UserError(SourceSpot{path.string()}, "is no state of an alignment", kStartOver);
  StateBytes bytes(path, all.substr(kStateMagic.size()));
  AlignState state;
  bytes.take(&state, sizeof(state));
  if (state.key != key) bytes.refuse("was made from another text or with other options");
  for (const std::span<float> part : values)
    bytes.take(part.data(), part.size_bytes());
  std::uint64_t sum = 0;
  bytes.take(&sum, sizeof(sum));
  if (!bytes.rest().empty() || sum != fingerprint(all.substr(0, all.size() - sizeof(sum))))
    bytes.refuse("is damaged");
  bool is_sound =
      state.num_passes_done <= max_passes && are_jumps(state.jumps[0]) && are_jumps(state.jumps[1]);
  for (const std::span<float> part : values)
    is_sound = is_sound && std::all_of(part.begin(), part.end(), is_probability);
  if (!is_sound) bytes.refuse("is damaged");
  return state;
}

}  // namespace regard
