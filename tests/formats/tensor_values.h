#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "regard/formats/safetensors.h"

namespace regard {

template <class Number>
std::vector<Number> values_of(const TensorView& tensor) {
  std::vector<Number> values(tensor.bytes / sizeof(Number));
  if (tensor.bytes > 0) std::memcpy(values.data(), tensor.data, tensor.bytes);
  return values;
}

/// Touches every byte.
inline std::string bytes_of(const TensorView& tensor) {
  return {reinterpret_cast<const char*>(tensor.data), tensor.bytes};
}

template <class Number>
TensorView view(DType dtype, std::vector<std::int64_t> shape, const std::vector<Number>& values) {
  return {dtype, std::move(shape), reinterpret_cast<const std::byte*>(values.data()),
          values.size() * sizeof(Number)};
}

}  // namespace regard
