#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace regard {

/// Number types of the safetensors format, in its order: by rising element size.
enum class DType {
  boolean,
  u8,
  i8,
  f8_e5m2,
  f8_e4m3,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  f64,
  i64,
  u64,
};

/// Bytes of one element: 1, 2, 4 or 8.
std::size_t size_of(DType dtype);
/// The name in the file: "BOOL", "U8", "BF16", "F32", ...
std::string_view name_of(DType dtype);

/// A packed row-major little-endian tensor that lies in memory of someone else.
struct TensorView {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;  ///< outermost first; empty = a scalar
  /// Not null, except perhaps for 0 bytes. Files of other programs may place it at any address;
  /// ours align it to the element size.
  const std::byte* data = nullptr;
  std::size_t bytes = 0;  ///< product of the shape times size_of(dtype)
};

using Metadata = std::map<std::string, std::string>;

/// A memory-mapped safetensors file, checked completely when it is opened: the rules of the format,
/// with memory bounded by the file size, and the checksums where the file has them (see
/// write_safetensors; files of other programs have none). Nothing of the file is trusted, but it
/// must not be cut while it is mapped.
class SafetensorsFile {
 public:
  /// Throws UserError naming the file, the tensor and the broken rule; RunError when the system
  /// cannot map the file.
  static SafetensorsFile open(const std::filesystem::path& path);

  /// As given to open().
  const std::filesystem::path& path() const { return path_; }

  /// In the order of the data in the file.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return tensors_.contains(name); }
  /// The view lives as long as this object, its bytes as long as a copy of storage(). Throws
  /// UserError when there is no such tensor.
  const TensorView& at(const std::string& name) const;

  /// `__metadata__` without the checksums.
  const Metadata& metadata() const { return metadata_; }
  /// False for a file of another program, where damage to the numbers goes unseen.
  bool has_checksums() const { return has_checksums_; }

  /// Keeps the mapped bytes alive. The mapping is private and writable: a program that casts the
  /// `const` away may write to the tensors, which neither changes the file nor copies more than the
  /// touched pages.
  std::shared_ptr<const void> storage() const { return storage_; }

 private:
  SafetensorsFile() = default;

  std::filesystem::path path_;
  std::shared_ptr<const void> storage_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, TensorView> tensors_;
  Metadata metadata_;
  bool has_checksums_ = false;
};

struct NamedTensor {
  std::string name;
  TensorView tensor;
};

using ByteSink = std::function<void(std::span<const std::byte>)>;

/// Writes a file front to back: tensors by falling DType, then by name, the first on a multiple of
/// 64 bytes. The metadata gets three more keys, which replace keys of that name, so that the
/// metadata of a file that was read can be passed on:
/// - "format": "pt", which Hugging Face requires.
/// - "regard.checksums": JSON text {"<tensor>": "<16 hex digits>"} with the checksum() (checksum.h)
///   of each tensor's bytes.
/// - "regard.header": 16 hex digits, the checksum() of a description of the header. Its items are
///   the number of other metadata keys; key and value of each, by key; then for each tensor, in the
///   order of the data, name, dtype, rank, every dimension, begin and end. Numbers are decimal; an
///   item is written as its length in bytes, ":" and itself.
///
/// The two checksum keys only come together, so damage to one of them does not turn the check off.
///
/// Throws std::invalid_argument for what a program must not write: a tensor name that is there
/// twice, is "__metadata__", is not UTF-8 or has control bytes, or sizes that disagree. What `sink`
/// throws passes through.
void write_safetensors(const ByteSink& sink, std::span<const NamedTensor> tensors,
                       Metadata metadata);

/// Into a file, in place and without fsync, for folders that become visible as a whole
/// (write_folder_atomically). Throws RunError naming path and reason.
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       Metadata metadata);

/// A single file that appears complete or not at all.
void write_safetensors_atomically(const std::filesystem::path& path,
                                  std::span<const NamedTensor> tensors, Metadata metadata);

}  // namespace regard
