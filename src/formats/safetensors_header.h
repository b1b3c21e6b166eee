#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regard/formats/safetensors.h"

namespace regard {

inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
/// What PyTorch holds at most; it also bounds the memory that a hostile header can ask for.
inline constexpr std::size_t kMaxTensorRank = 64;
inline constexpr std::string_view kMetadataName = "__metadata__";
inline constexpr std::string_view kChecksumsKey = "regard.checksums";
inline constexpr std::string_view kHeaderKey = "regard.header";

/// What to do about a file that cannot be what it should.
inline constexpr const char* kSafetensorsFix =
    "the file is truncated, corrupt or not a safetensors file; get a new copy";

struct TensorEntry {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape = {};
  std::uint64_t begin = 0;  ///< bytes from the start of the data
  std::uint64_t end = 0;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;  ///< in the order of the data
  Metadata metadata;                 ///< with the checksums
};

/// Reads the JSON text of a header and checks every rule of the format against the size of the data
/// in `file`. Throws UserError.
SafetensorsHeader parse_header(const std::string& file, std::string_view json,
                               std::uint64_t data_bytes);

/// The JSON text, without padding.
std::string to_json(const SafetensorsHeader& header);

/// What "regard.header" holds; the metadata key of that name is left out.
std::uint64_t header_checksum(const SafetensorsHeader& header);

/// Reads JSON text that must be one flat object of strings. Throws UserError, naming `what` in
/// `file`.
Metadata parse_string_map(const std::string& file, std::string_view what, std::string_view json);
std::string to_json(const Metadata& strings);

std::optional<DType> find_dtype(std::string_view name);

/// Product of the shape times the element size. False when it does not fit into 64 bits or a
/// dimension is negative.
bool count_bytes(const std::vector<std::int64_t>& shape, DType dtype, std::uint64_t& bytes);

}  // namespace regard
