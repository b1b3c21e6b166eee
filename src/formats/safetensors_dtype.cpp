#include <algorithm>
#include <array>

#include "formats/safetensors_header.h"

namespace regard {
namespace {

struct DTypeInfo {
  DType dtype;
  std::size_t size;
  std::string_view name;
};
constexpr std::array<DTypeInfo, 15> kDTypes = {{
    {DType::boolean, 1, "BOOL"},
    {DType::u8, 1, "U8"},
    {DType::i8, 1, "I8"},
    {DType::f8_e5m2, 1, "F8_E5M2"},
    {DType::f8_e4m3, 1, "F8_E4M3"},
    {DType::i16, 2, "I16"},
    {DType::u16, 2, "U16"},
    {DType::f16, 2, "F16"},
    {DType::bf16, 2, "BF16"},
    {DType::i32, 4, "I32"},
    {DType::u32, 4, "U32"},
    {DType::f32, 4, "F32"},
    {DType::f64, 8, "F64"},
    {DType::i64, 8, "I64"},
    {DType::u64, 8, "U64"},
}};

const DTypeInfo& info_of(DType dtype) {
  return kDTypes.at(static_cast<std::size_t>(dtype));
}

}  // namespace

std::optional<DType> find_dtype(std::string_view name) {
  const auto* found = std::find_if(kDTypes.begin(), kDTypes.end(),
                                   [&](const DTypeInfo& info) { return info.name == name; });
  if (found == kDTypes.end()) return std::nullopt;
  return found->dtype;
}

std::size_t size_of(DType dtype) {
  return info_of(dtype).size;
}
std::string_view name_of(DType dtype) {
  return info_of(dtype).name;
}

bool count_bytes(const std::vector<std::int64_t>& shape, DType dtype, std::uint64_t& bytes) {
  bytes = size_of(dtype);
  for (const std::int64_t dimension : shape) {
    if (dimension < 0) return false;
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(dimension), &bytes)) return false;
  }
  return true;
}

}  // namespace regard
