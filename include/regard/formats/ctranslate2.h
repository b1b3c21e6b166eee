#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "regard/formats/safetensors.h"

namespace regard {

/// What a `model.bin` of CTranslate2 says of itself. The binary version, always 6, is not part of
/// it.
struct Ctranslate2Header {
  std::string spec = "TransformerSpec";
  std::uint32_t revision = 7;
};

/// A second name for a variable: alias, then target.
using Ctranslate2Alias = std::pair<std::string, std::string>;

/// Writes a `model.bin`, variables and aliases by name, in place and without fsync, for folders
/// that become visible as a whole (write_folder_atomically). Nothing is written, and
/// std::invalid_argument thrown, for what the format cannot hold: a spec, variable or alias name
/// that is empty, has a zero byte, is longer than 65,534 bytes or occurs twice; a dtype other
/// than f32, i8, i16, i32, f16 and bf16; a variable of 4 GiB or more, of more than 64 dimensions or
/// with sizes that disagree; an alias to anything but a variable. Throws RunError naming path and
/// reason when the system refuses.
void write_ctranslate2(const std::filesystem::path& path, const Ctranslate2Header& header,
                       std::span<const NamedTensor> variables,
                       std::span<const Ctranslate2Alias> aliases);

/// A memory-mapped `model.bin`, checked completely when it is opened, with memory bounded by the
/// file size. Nothing of the file is trusted, but it must not be cut while it is mapped. The format
/// has no checksums: damage to the numbers goes unseen.
class Ctranslate2File {
 public:
  /// Throws UserError naming the file, the variable and the broken rule, also for another binary
  /// version than 6; RunError when the system cannot map the file.
  static Ctranslate2File open(const std::filesystem::path& path);

  /// As given to open().
  const std::filesystem::path& path() const { return path_; }
  const Ctranslate2Header& header() const { return header_; }

  /// Variables, then aliases, each in the order of the file.
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Ctranslate2Alias>& aliases() const { return aliases_; }
  bool contains(const std::string& name) const { return indices_.contains(name); }
  /// A variable, or the one that an alias leads to. The view lives as long as this object, its
  /// bytes, at any address, as long as a copy of storage(). Throws UserError when there is no such
  /// name.
  const TensorView& at(const std::string& name) const;

  /// Keeps the mapped bytes alive: private and writable, as those of SafetensorsFile.
  std::shared_ptr<const void> storage() const { return storage_; }

 private:
  Ctranslate2File() = default;

  std::filesystem::path path_;
  Ctranslate2Header header_;
  std::shared_ptr<const void> storage_;
  std::vector<std::string> names_;
  std::vector<Ctranslate2Alias> aliases_;
  std::vector<TensorView> variables_;
  std::unordered_map<std::string, std::size_t> indices_;  ///< of names and aliases, in variables_
};

}  // namespace regard
