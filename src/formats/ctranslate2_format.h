#pragma once

#include <array>
#include <cstdint>

#include "regard/formats/safetensors.h"

namespace regard {

inline constexpr std::uint32_t kCtranslate2Version = 6;

/// The position is the number in the file.
inline constexpr std::array<DType, 6> kCtranslate2Types = {DType::f32, DType::i8,  DType::i16,
                                                           DType::i32, DType::f16, DType::bf16};

}  // namespace regard
