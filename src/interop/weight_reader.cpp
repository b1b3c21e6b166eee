#include "weight_reader.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/tensor_file.h"
#include "regard/tensor/torch.h"

namespace regard {

using at::Tensor;

namespace {

bool is_float(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::f32 || dtype == DType::f64;
}

}  // namespace

WeightReader::WeightReader(TensorSource source)
    : source_(std::move(source)), names_(source_.names.begin(), source_.names.end()) {}

void WeightReader::fail(const std::string& name, const std::string& why) const {
  throw UserError(SourceSpot{source_.path.string()},
                  regard::str("tensor '", escape_for_message(name), "' ", why),
                  "use a complete, intact model");
}

Tensor WeightReader::read(const std::string& name, at::IntArrayRef shape) {
  if (!contains(name)) fail(name, "is missing");
  read_.insert(name);
  const TensorView& view = source_.at(name);
  if (!is_float(view.dtype)) fail(name, regard::str("holds ", name_of(view.dtype)));
  const Tensor stored = tensor_from(view, source_.storage);
  if (stored.sizes() != shape)
    fail(name, c10::str("has the shape ", stored.sizes(), ", expected ", shape));
  const Tensor values = stored.to(at::kFloat);
  if (!at::isfinite(values).all().item<bool>()) fail(name, "contains non-finite values");
  return values;
}

Tensor WeightReader::read_transposed(const std::string& name, at::IntArrayRef shape) {
  return read(name, {shape[1], shape[0]}).t().contiguous();
}

bool WeightReader::is_half(const std::string& name) const {
  const DType dtype = source_.at(name).dtype;
  return dtype == DType::f16 || dtype == DType::bf16;
}

std::int64_t WeightReader::rows(const std::string& name) const {
  const TensorView& view = source_.at(name);
  return view.shape.empty() ? 0 : view.shape.front();
}

void WeightReader::require_all_read(const std::set<std::string>& ignored) const {
  for (const std::string& name : source_.names) {
    if (!read_.contains(name) && !ignored.contains(name))
      fail(name, "is not part of a model of this type");
  }
}

}  // namespace regard
