#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "regard/formats/safetensors.h"

namespace regard {

/// The tensors of a file of any format.
struct TensorSource {
  std::filesystem::path path;
  std::vector<std::string> names;
  std::function<const TensorView&(const std::string&)> at;  ///< throws UserError for another name
  std::shared_ptr<const void> storage;                      ///< keeps what the views show alive
};

/// For a file class with path(), names(), at() and storage(). The file must outlive the source.
template <class File>
TensorSource tensor_source(const File& file) {
  return {file.path(), file.names(),
          [&file](const std::string& name) -> const TensorView& { return file.at(name); },
          file.storage()};
}

/// Takes weights out of a file of another program: the expected shape, finite, as float32.
class WeightReader {
 public:
  explicit WeightReader(TensorSource source);
  bool contains(const std::string& name) const { return names_.contains(name); }
  /// Throws UserError naming file and tensor when it is missing or of another shape or kind, or
  /// contains non-finite values.
  at::Tensor read(const std::string& name, at::IntArrayRef shape);
  /// As read(), for a matrix that is kept transposed in the file: shape [out, in].
  at::Tensor read_transposed(const std::string& name, at::IntArrayRef shape);
  /// Whether its numbers have 16 bits. The name must be there.
  bool is_half(const std::string& name) const;
  /// Size of its first dimension; 0 for a scalar. The name must be there.
  std::int64_t rows(const std::string& name) const;
  /// Throws UserError when there is a tensor that was neither read nor is one of `ignored`.
  void require_all_read(const std::set<std::string>& ignored) const;

  const std::filesystem::path& path() const { return source_.path; }

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& why) const;

  TensorSource source_;
  std::set<std::string> names_;
  std::set<std::string> read_;
};

}  // namespace regard
