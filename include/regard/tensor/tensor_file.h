#pragma once

#include <filesystem>
#include <memory>
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

/// The tensor as a view of its bytes in memory, for the writers of `formats`; it must be contiguous
/// and on the CPU, and outlive the view.
TensorView view_of(const at::Tensor& tensor);

/// A tensor over the bytes of a view, which `owner` keeps alive; a copy where the bytes are not
/// aligned. Throws UserError for a type that is not supported.
at::Tensor tensor_from(const TensorView& view, std::shared_ptr<const void> owner);

/// The tensor `name` of the file as a tensor over the mapped bytes, which it keeps alive. Copy it
/// before writing to it where the file shall stay unshared. Throws UserError naming file and
/// tensor.
at::Tensor tensor_from(const SafetensorsFile& file, const std::string& name);

/// Tensors of a file that nobody asked for.
enum class LeftOver { refused, allowed };

/// Copies the tensors of a file into `targets` (same names, shapes and types; nothing missing, all
/// values finite). Throws UserError naming file and tensor; then no target was changed.
void load_tensors(const SafetensorsFile& file, const std::filesystem::path& path,
                  const NamedTensors& targets, LeftOver left_over = LeftOver::refused);

}  // namespace regard
