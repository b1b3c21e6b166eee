#pragma once

#include <cstdint>
#include <utility>

#include <torch/nn/module.h>

#include "regard/model/model_options.h"

namespace regard {

/// A model of any task: what training, checkpoints and tools need to know of it.
class NetworkImpl : public torch::nn::Module {
 public:
  /// `options` in the full form (expand()).
  explicit NetworkImpl(ModelOptions options) : options_(std::move(options)) {}

  const ModelOptions& options() const { return options_; }
  /// Number of trainable values, tied ones counted once.
  std::int64_t num_parameters() const;
  /// Where its weights are.
  torch::Device device() const;

 private:
  ModelOptions options_;
};

}  // namespace regard
