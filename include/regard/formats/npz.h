#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "regard/formats/safetensors.h"

namespace regard {

/// The arrays of an .npz file (NumPy's savez and savez_compressed, Marian), all of them in memory.
/// Nothing of the file is trusted; memory is bounded by its size where arrays are stored, and by
/// 1032 times that where they are compressed.
class NpzFile {
 public:
  /// Throws UserError naming the file, the array and what is wrong: damage, an entry that is no
  /// .npy file of version 1 to 3, a dtype other than <f2 <f4 <f8 |i1 |u1 <i2 <i4 <i8 |b1, more than
  /// one dimension in Fortran order, more than 64 dimensions.
  static NpzFile open(const std::filesystem::path& path);

  /// As given to open().
  const std::filesystem::path& path() const { return path_; }

  /// Without ".npy", in the order of the file.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(const std::string& name) const { return arrays_.contains(name); }
  /// The view lives as long as this object, its bytes, at any address, as long as a copy of
  /// storage(). Throws UserError when there is no such array.
  const TensorView& at(const std::string& name) const;

  /// Keeps the numbers of all arrays alive. A program that casts the `const` away may write to
  /// them.
  std::shared_ptr<const void> storage() const { return storage_; }

 private:
  NpzFile() = default;

  std::filesystem::path path_;
  std::shared_ptr<const void> storage_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, TensorView> arrays_;
};

}  // namespace regard
