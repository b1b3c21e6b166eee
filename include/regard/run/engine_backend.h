#pragma once

#include "regard/run/model_backend.h"

namespace regard {

/// Models whose weights can be packed, on the CPU, without LibTorch: their files are mapped, and
/// the tables of embeddings stay there.
class EngineBackend final : public ModelBackend {
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
