#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/formats/ctranslate2.h"

#include "formats/tensor_values.h"

namespace regard {

inline const std::vector<float> kFloats = {0.5F, -1.25F, 3e10F, 0, 1, 2};
inline const std::vector<std::int8_t> kBytes = {-127, 0, 127};
inline const std::vector<std::int16_t> kShort = {-1};
inline const std::vector<std::int32_t> kInts = {INT32_MIN, 7};
inline const std::vector<std::uint16_t> kHalves = {0x3C00, 0xC000};
inline const std::vector<float> kNone;

/// Variables of all types, not all of which a file aligns.
inline std::vector<NamedTensor> sample() {
  return {{"z/weight", view(DType::f32, {2, 3}, kFloats)},
          {"odd", view(DType::i8, {3}, kBytes)},
          {"scalar", view(DType::i16, {}, kShort)},
          {"ints", view(DType::i32, {1, 2}, kInts)},
          {"half", view(DType::f16, {2}, kHalves)},
          {"brain", view(DType::bf16, {2, 1}, kHalves)},
          {"none", view(DType::f32, {0, 7}, kNone)}};
}

inline std::vector<NamedTensor> variables_of(const Ctranslate2File& file) {
  std::vector<NamedTensor> variables;
  const std::size_t count = file.names().size() - file.aliases().size();
  for (std::size_t i = 0; i < count; ++i)
    variables.push_back({file.names()[i], file.at(file.names()[i])});
  return variables;
}

/// Bytes of a file, put together by hand.
inline std::string number(std::uint64_t value, std::size_t bytes) {
  return {reinterpret_cast<const char*>(&value), bytes};
}
inline std::string text(const std::string& value) {
  return number(value.size() + 1, 2) + value + '\0';
}
inline std::string variable(const std::string& name, const std::vector<std::uint32_t>& shape,
                            int type, std::uint32_t bytes) {
  std::string result = text(name) + number(shape.size(), 1);
  for (const std::uint32_t size : shape)
    result += number(size, 4);
  return result + number(static_cast<std::uint64_t>(type), 1) + number(bytes, 4);
}
inline std::string start(std::uint32_t num_variables) {
  return number(6, 4) + text("TransformerSpec") + number(7, 4) + number(num_variables, 4);
}

}  // namespace regard
