#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "regard/formats/safetensors.h"

namespace regard {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Writes tensors of any device as safetensors, in place (see write_safetensors for the folder that
/// makes it atomic).
void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                  Metadata metadata);

/// The tensor `name` of the file as a tensor over the mapped bytes, which it keeps alive. Copy it
/// before writing to it where the file shall stay unshared. Throws UserError naming file and
/// tensor.
at::Tensor tensor_from(const SafetensorsFile& file, const std::string& name);

/// Copies the tensors of a file into `targets` (same names, shapes and types; nothing missing,
/// nothing left over, all values finite). Throws UserError naming file and tensor; then no target
/// was changed.
void load_tensors(const SafetensorsFile& file, const std::filesystem::path& path,
                  const NamedTensors& targets);

}  // namespace regard
