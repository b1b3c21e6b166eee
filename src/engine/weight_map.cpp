#include "regard/engine/weight_map.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/engine/vector_clones.h"

namespace regard {
namespace {

[[noreturn]] void fail_of(const SafetensorsFile& file, const std::string& why) {
  throw UserError(SourceSpot{file.path().string()}, why, "use a model of this configuration");
}

std::string text_of(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape)
    sizes.push_back(std::to_string(size));
  return str("[", join(sizes, ", "), "]");
}

/// 0, unless a value is not finite.
REGARD_VECTOR_CLONES
float defect_of(const float* values, std::int64_t count) {
  constexpr int kSums = 16;  // so that the compiler may use vector registers
  float sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (int lane = 0; lane < kSums; ++lane)
      sums[lane] += values[i + lane] - values[i + lane];
  }
  float sum = 0.0F;
  for (; i < count; ++i)
    sum += values[i] - values[i];
  for (const float lane : sums)
    sum += lane;
  return sum;
}

void check_weight(const SafetensorsFile& file, const std::string& name,
                  const std::vector<std::int64_t>& shape) {
  if (!file.contains(name)) fail_of(file, str("tensor '", name, "' is missing"));
  const TensorView& view = file.at(name);
  if (view.shape != shape) {
    fail_of(file, str("tensor '", name, "' has the shape ", text_of(view.shape),
                      ", the model needs ", text_of(shape)));
  }
  if (view.dtype != DType::f32)
    fail_of(file, str("tensor '", name, "' is ", name_of(view.dtype), ", the model needs F32"));
}

WeightView view_of(const SafetensorsFile& file, const TensorView& view) {
  const auto* data = reinterpret_cast<const float*>(view.data);
  // Files of other programs may place a tensor at any address.
  if (reinterpret_cast<std::uintptr_t>(view.data) % alignof(float) == 0)
    return {data, view.shape, file.storage()};
  const auto copy = std::make_shared<std::vector<float>>(view.bytes / sizeof(float));
  std::memcpy(copy->data(), view.data, view.bytes);
  return {copy->data(), view.shape, copy};
}

}  // namespace

WeightMap read_weights(const SafetensorsFile& file, const TransformerPlan& plan) {
  const WeightShapes shapes = weight_shapes(plan);
  WeightMap weights;
  for (const auto& [name, shape] : shapes) {
    check_weight(file, name, shape);
    const TensorView& view = file.at(name);
    weights[name] = view_of(file, view);
    const auto count = static_cast<std::int64_t>(view.bytes / sizeof(float));
    if (defect_of(weights[name].data, count) != 0.0F)
      fail_of(file, str("tensor '", name, "' contains non-finite values"));
  }
  for (const std::string& name : file.names()) {
    if (!shapes.contains(name)) fail_of(file, str("tensor '", name, "' is not part of the model"));
  }
  return weights;
}

}  // namespace regard
