#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "regard/formats/safetensors.h"

namespace regard {

/// What is wrong with the bytes of an .npy file, and what to do about it.
struct NpyProblem {
  std::string what;
  std::string fix;
};

/// The array in the bytes of a whole .npy file; the view leads into them. Throws NpyProblem.
TensorView parse_npy(std::span<const std::byte> bytes);

}  // namespace regard
