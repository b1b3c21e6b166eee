#pragma once

#include <optional>
#include <string>
#include <vector>

#include "regard/core/stop_flag.h"
#include "regard/model/network.h"
#include "regard/tensor/batch.h"
#include "regard/tensor/forward_context.h"
#include "regard/tensor/tensor_file.h"

namespace regard {

/// What a pass over a batch measured, each summed over its Batch::target_tokens. [] each.
struct PassLoss {
  torch::Tensor total;                    ///< with gradient: what is made small
  torch::Tensor shown;                    ///< the part of it that logs show
  torch::Tensor negative_log_likelihood;  ///< unsmoothed, without gradient: validation loss
};

/// What a network learns. Training knows its task through this alone.
class Objective {
 public:
  virtual ~Objective() = default;
  virtual NetworkImpl& network() = 0;
  /// Forward pass and loss of a batch on the network's device. Targets are smoothed, and auxiliary
  /// losses added, in training only (context.is_training()).
  virtual PassLoss loss(const Batch& batch, const ForwardContext& context) = 0;
  /// What the objective itself has learned and a checkpoint must hold, by name: shares memory with
  /// it, so that loading fills it.
  virtual NamedTensors state() { return {}; }
  /// What losses are divided by, as logs call it: "target tokens".
  virtual std::string unit() const = 0;
};

/// The answers of a live network to the examples of a validation text.
class Answerer {
 public:
  virtual ~Answerer() = default;
  /// One line for each example, in order. Nothing when `stop` asks to stop.
  virtual std::optional<std::vector<std::string>> answer(const StopFlag* stop) = 0;
};

}  // namespace regard
