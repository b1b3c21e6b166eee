#include "regard/tensor/tensor_file.h"

#include <cstring>
#include <set>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using at::Tensor;

namespace {

struct TypePair {
  DType file;
  at::ScalarType torch;
};

constexpr TypePair kTypes[] = {
    {DType::boolean, at::kBool}, {DType::u8, at::kByte},   {DType::i8, at::kChar},
    {DType::i16, at::kShort},    {DType::f16, at::kHalf},  {DType::bf16, at::kBFloat16},
    {DType::i32, at::kInt},      {DType::f32, at::kFloat}, {DType::f64, at::kDouble},
    {DType::i64, at::kLong},
};

DType to_file(at::ScalarType type) {
  for (const TypePair& pair : kTypes) {
    if (pair.torch == type) return pair.file;
  }
  TORCH_CHECK(false, "no safetensors type for ", type);
}

at::ScalarType to_torch(DType type) {
  for (const TypePair& pair : kTypes) {
    if (pair.file == type) return pair.torch;
  }
  throw UserError(str("a tensor of the type ", name_of(type), " is not supported"),
                  "convert it to F32 first");
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw UserError(SourceSpot{path.string()}, why, "use a model of this configuration");
}

void check_tensor(const Tensor& read, const Tensor& target, const std::string& name,
                  const std::filesystem::path& path) {
  if (read.sizes() != target.sizes()) {
    fail(path, c10::str("tensor '", name, "' has the shape ", read.sizes(), ", the model needs ",
                        target.sizes()));
  }
  if (read.scalar_type() != target.scalar_type()) {
    fail(path, c10::str("tensor '", name, "' is ", read.scalar_type(), ", the model needs ",
                        target.scalar_type()));
  }
  if (read.is_floating_point() && !at::isfinite(read).all().item<bool>()) {
    fail(path, str("tensor '", name, "' contains non-finite values"));
  }
}

}  // namespace

void save_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                  Metadata metadata) {
  std::vector<Tensor> kept;  // CPU copies must live until they are written
  std::vector<NamedTensor> views;
  for (const auto& [name, tensor] : tensors) {
    kept.push_back(tensor.detach().to(at::kCPU).contiguous());
    views.push_back({name, view_of(kept.back())});
  }
  write_safetensors(path, views, std::move(metadata));
}

TensorView view_of(const Tensor& tensor) {
  TORCH_CHECK(tensor.is_cpu() && tensor.is_contiguous(), "only plain tensors can be written");
  return {to_file(tensor.scalar_type()), tensor.sizes().vec(),
          static_cast<const std::byte*>(tensor.const_data_ptr()), tensor.nbytes()};
}

Tensor tensor_from(const TensorView& view, std::shared_ptr<const void> owner) {
  const auto options = at::TensorOptions().dtype(to_torch(view.dtype));
  if (view.bytes == 0) return at::empty(view.shape, options);
  // Files of other programs may place a tensor at any address.
  const bool is_aligned = reinterpret_cast<std::uintptr_t>(view.data) % size_of(view.dtype) == 0;
  if (!is_aligned) {
    Tensor copy = at::empty(view.shape, options);
    std::memcpy(copy.mutable_data_ptr(), view.data, view.bytes);
    return copy;
  }
  // The mapping is private and writable: see SafetensorsFile::storage().
  void* data = const_cast<std::byte*>(view.data);  // NOLINT
  return at::from_blob(
      data, view.shape, [kept = std::move(owner)](void*) {}, options);
}

Tensor tensor_from(const SafetensorsFile& file, const std::string& name) {
  const TensorView& view = file.at(name);
  try {
    return tensor_from(view, file.storage());
  } catch (const UserError&) {
    throw UserError(
        SourceSpot{file.path().string()},
        str("tensor '", name, "' has the type ", name_of(view.dtype), ", which is not supported"));
  }
}

void load_tensors(const SafetensorsFile& file, const std::filesystem::path& path,
                  const NamedTensors& targets, LeftOver left_over) {
  std::set<std::string> wanted;
  std::vector<Tensor> read;
  for (const auto& [name, target] : targets) {
    if (!file.contains(name)) fail(path, str("tensor '", name, "' is missing"));
    wanted.insert(name);
    read.push_back(tensor_from(file, name));
    check_tensor(read.back(), target, name, path);
  }
  for (const std::string& name : file.names()) {
    if (left_over == LeftOver::refused && !wanted.contains(name))
      fail(path, str("tensor '", name, "' is not part of the model"));
  }
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    Tensor target = targets[i].second;
    target.copy_(read[i]);
  }
}

}  // namespace regard
