#pragma once

#include "regard/run/model_backend.h"

namespace regard {

/// All models, on every device: packed weights on the CPU where a model can be packed, else its
/// modules.
class TorchBackend final : public ModelBackend {
 public:
  LoadedModels load(const LoadRequest& request) const override;
  std::unique_ptr<PairScorer> open_scorer(const std::string& model,
                                          const std::string& device) const override;
  ModelFiles check(const std::string& model) const override;
  TaskFiles check_task(const std::string& model) const override;
  std::optional<Evaluation> evaluate_task(const TaskEvaluationOptions& options, Logger& logger,
                                          const StopFlag& stop) const override;
  std::function<void()> wait_for(const std::string& device) const override;
};

}  // namespace regard
