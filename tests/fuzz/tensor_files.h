#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "formats/safetensors_header.h"
#include "fuzz/fuzz_support.h"

namespace regard::fuzz {

/// Every tensor of a file that was accepted has the size of its shape and lies in the file.
template <class File>
void require_whole_tensors(const File& file, const std::filesystem::path& path) {
  const auto* start = static_cast<const std::byte*>(file.storage().get());
  const std::size_t size = std::filesystem::file_size(path);
  for (const std::string& name : file.names()) {
    const TensorView& tensor = file.at(name);
    std::uint64_t bytes = 0;
    require(count_bytes(tensor.shape, tensor.dtype, bytes) && bytes == tensor.bytes,
            "a size that is not the shape's");
    require(tensor.data >= start && tensor.data + tensor.bytes <= start + size,
            "a tensor outside the file");
    touch({tensor.data, tensor.bytes});
  }
}

}  // namespace regard::fuzz
