#include "weight_packer.h"

#include <utility>

#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

/// Nothing that is packed may change with the model.
Tensor copy_of(const Tensor& x) {
  return x.defined() ? x.clone(at::MemoryFormat::Contiguous) : Tensor();
}

}  // namespace

WeightPacker::WeightPacker(const torch::nn::Module& model, WeightType type) : type_(type) {
  Parameters parameters;
  for (const auto& item : model.named_parameters())
    parameters[item.key()] = item.value().detach();
  parameters_ = std::make_shared<const Parameters>(std::move(parameters));
}

WeightPacker WeightPacker::below(const std::string& name) const {
  return {parameters_, str(prefix_, name, "."), type_};
}

Tensor WeightPacker::shared(const std::string& name) const {
  const auto found = parameters_->find(prefix_ + name);
  return found == parameters_->end() ? Tensor() : found->second;
}

Tensor WeightPacker::needed(const std::string& name) const {
  Tensor found = shared(name);
  TORCH_CHECK(found.defined(), "no weight ", prefix_, name);
  return found;
}

Tensor WeightPacker::copy(const std::string& name) const {
  return copy_of(shared(name));
}

PackedMatrix WeightPacker::matrix_of(const Tensor& weight, const Tensor& bias) const {
  return {weight, copy_of(bias), type_};
}

PackedMatrix WeightPacker::matrix(const std::string& name) const {
  return matrix_of(needed(name + ".weight"), shared(name + ".bias"));
}

PackedMatrix WeightPacker::rows(const std::string& name, std::int64_t first,
                                std::int64_t count) const {
  const Tensor bias = shared(name + ".bias");
  return matrix_of(needed(name + ".weight").narrow(0, first, count),
                   bias.defined() ? bias.narrow(0, first, count) : Tensor());
}

NormWeights WeightPacker::norm(const std::string& name) const {
  return {copy_of(needed(name + ".weight")), copy_of(needed(name + ".bias"))};
}

}  // namespace regard
