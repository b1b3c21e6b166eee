#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "regard/run/model_files.h"
#include "regard/run/pair_scores.h"
#include "regard/run/search_setup.h"

namespace regard {

struct Evaluation;
struct TaskEvaluationOptions;

/// What is asked for when models are loaded to translate.
struct LoadRequest {
  std::string model;            ///< a MODEL argument, or an ensemble "A,B"
  std::string device = "auto";  ///< as parse_device() (tensor/device.h) reads it
  SearchSetup search;
  bool needs_maps = false;  ///< links are asked for, which LibTorch reads from a whole network
  Profile* profile = nullptr;
};

/// Models that are ready for a TranslationService, and what they were read from.
struct LoadedModels {
  std::vector<ModelFiles> files;
  Models models;
};

/// Gives those a source side of their own whose source vocabulary differs from the first one's.
void share_sources(LoadedModels& loaded);

/// A model that scores given translations.
class PairScorer {
 public:
  virtual ~PairScorer() = default;
  virtual const ModelFiles& files() const = 0;
  /// Scores every pair. With links or scores of words, `texts` holds its lines. Throws UserError
  /// for an attention that the model lacks.
  virtual std::vector<PairScore> score(const ScoreTexts& texts, const EncodedTexts& encoded,
                                       const DetailOptions& details) const = 0;
};

/// What computes with models. The program has one: with LibTorch, everything (torch_backend.h);
/// without it, plain Transformers with packed weights on the CPU (engine_backend.h). Everything
/// throws UserError for models that are damaged or that it cannot compute.
class ModelBackend {
 public:
  virtual ~ModelBackend() = default;
  virtual LoadedModels load(const LoadRequest& request) const = 0;
  virtual std::unique_ptr<PairScorer> open_scorer(const std::string& model,
                                                  const std::string& device) const = 0;
  /// A model whose weights are checked as well.
  virtual ModelFiles check(const std::string& model) const = 0;
  /// The same of a model of another task than translation.
  virtual TaskFiles check_task(const std::string& model) const = 0;
  /// What such a model is worth (run/prediction.h).
  virtual std::optional<Evaluation> evaluate_task(const TaskEvaluationOptions& options,
                                                  Logger& logger, const StopFlag& stop) const = 0;
  /// Waits for what a device still does, so that profiles see it; null where nothing does.
  virtual std::function<void()> wait_for(const std::string& device) const = 0;
};

}  // namespace regard
