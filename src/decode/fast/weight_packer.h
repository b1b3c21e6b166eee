#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <torch/nn/module.h>

#include "regard/model/transformer_weights.h"
#include "regard/tensor/packed_matrix.h"

namespace regard {

/// Packs the parameters of a model by their names, or those below one name. What it gives is a
/// copy, unless said otherwise. A parameter that must be there and is not throws c10::Error.
class WeightPacker {
 public:
  WeightPacker(const torch::nn::Module& model, WeightType type);
  /// Of the parameters that begin with this name and a dot, by the rest of their names.
  WeightPacker below(const std::string& name) const;

  /// A linear layer, with its bias if it has one.
  PackedMatrix matrix(const std::string& name) const;
  /// The rows [first, first + count) of a fused projection.
  PackedMatrix rows(const std::string& name, std::int64_t first, std::int64_t count) const;
  PackedMatrix matrix_of(const torch::Tensor& weight, const torch::Tensor& bias) const;
  NormWeights norm(const std::string& name) const;
  /// Undefined if there is none.
  torch::Tensor copy(const std::string& name) const;
  /// The parameter itself; undefined if there is none.
  torch::Tensor shared(const std::string& name) const;

 private:
  using Parameters = std::map<std::string, torch::Tensor>;
  WeightPacker(std::shared_ptr<const Parameters> parameters, std::string prefix, WeightType type)
      : parameters_(std::move(parameters)), prefix_(std::move(prefix)), type_(type) {}
  torch::Tensor needed(const std::string& name) const;

  std::shared_ptr<const Parameters> parameters_;
  std::string prefix_;
  WeightType type_;
};

}  // namespace regard
