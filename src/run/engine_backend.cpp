#include "regard/run/engine_backend.h"

#include <mutex>
#include <optional>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/decode/packing.h"
#include "regard/engine/forced_scores.h"
#include "regard/run/model_names.h"
#include "regard/run/task_evaluation.h"

namespace regard {
namespace {

constexpr const char* kWithLibTorch = "use a build of regard with LibTorch";

/// Throws UserError for anything but the CPU.
void require_cpu(const std::string& device) {
  if (device == "auto" || device == "cpu") return;
  throw UserError(str("--device: ", escape_for_message(device),
                      " is not supported by this build, which has no LibTorch"),
                  str("use cpu, or ", kWithLibTorch));
}

/// Throws UserError: models with a head are networks of LibTorch.
[[noreturn]] void refuse_task(const std::string& model) {
  throw UserError(SourceSpot{model},
                  str("is a model of task ", read_task_files(model).config.task,
                      ", and this build has no LibTorch"),
                  kWithLibTorch);
}

/// Throws UserError, with key and value, for a model that cannot be packed.
TransformerPlan plan_of(const ModelFiles& files) {
  const ModelOptions options = expand(files.config.model);
  const std::vector<Problem> obstacles = packing_obstacles(options);
  if (!obstacles.empty()) {
    throw UserError(SourceSpot{(files.folder / run_layout::kConfig).string()},
                    str(obstacles.front().what, ", and this build has no LibTorch"), kWithLibTorch);
  }
  return transformer_plan(options, files.tokenizers.source.size(), files.tokenizers.target.size());
}

/// Packed weights. Where it looks is read from float32 ones, which are packed as soon as somebody
/// asks.
class LoadedPacked final : public TranslationModel {
 public:
  LoadedPacked(TransformerPlan plan, WeightMap weights, WeightType type)
      : plan_(std::move(plan)),
        weights_(std::move(weights)),
        type_(type),
        packed_(plan_, weights_, type) {}
  std::unique_ptr<StepScorer> scorer(Profile* profile) const override {
    return packed_.scorer(profile);
  }
  std::vector<AttentionMatrix> cross_attention(const std::vector<TokenPair>& pairs,
                                               const TokenRoles& roles,
                                               const AlignmentOptions& options) const override {
    return exact().cross_attention(pairs, roles, options);
  }

 private:
  const PackedTransformer& exact() const {
    if (type_ == WeightType::float32) return packed_;
    std::call_once(once_, [this] { exact_.emplace(plan_, weights_, WeightType::float32); });
    return *exact_;
  }

  TransformerPlan plan_;
  WeightMap weights_;  // in the memory of the file
  WeightType type_;
  PackedTransformer packed_;
  mutable std::once_flag once_;
  mutable std::optional<PackedTransformer> exact_;
};

std::shared_ptr<const TranslationModel> load_packed(const ModelFiles& files, WeightType type) {
  TransformerPlan plan = plan_of(files);
  WeightMap weights = read_weights(SafetensorsFile::open(files.weights), plan);
  return std::make_shared<LoadedPacked>(std::move(plan), std::move(weights), type);
}

/// Step by step, with packed weights.
class PackedPairScorer final : public PairScorer {
 public:
  explicit PackedPairScorer(ModelFiles files)
      : files_(std::move(files)), models_{load_packed(files_, WeightType::float32)} {}
  const ModelFiles& files() const override { return files_; }
  std::vector<PairScore> score(const ScoreTexts& texts, const EncodedTexts& encoded,
                               const DetailOptions& details) const override {
    const auto token_scores = [&](const std::vector<TokenPair>& pairs) {
      const std::unique_ptr<StepScorer> scorer = make_scorer(models_);
      return forced_scores(*scorer, pairs, files_.header.roles);
    };
    return score_pairs({files_, models_, token_scores}, texts, encoded, details);
  }

 private:
  ModelFiles files_;
  Models models_;
};

}  // namespace

LoadedModels EngineBackend::load(const LoadRequest& request) const {
  require_cpu(request.device);
  if (request.search.uses_reference) {
    throw UserError("--reference computes with LibTorch, which this build does not have",
                    str("remove --reference, or ", kWithLibTorch));
  }
  LoadedModels loaded;
  for (const std::string& path : model_paths(request.model)) {
    const bool is_first = loaded.files.empty();
    const ProfileSpan span(request.profile, "opening the model");
    loaded.files.push_back(
        read_model_files(path, is_first ? request.search.overrides : config::Overrides{}));
    require_same_target(loaded.files.front(), loaded.files.back(), path);
  }
  for (const ModelFiles& files : loaded.files) {
    const ProfileSpan span(request.profile, "packing the weights");
    loaded.models.emplace_back(load_packed(files, request.search.precision));
  }
  share_sources(loaded);
  return loaded;
}

std::unique_ptr<PairScorer> EngineBackend::open_scorer(const std::string& model,
                                                       const std::string& device) const {
  require_cpu(device);
  return std::make_unique<PackedPairScorer>(read_model_files(model));
}

ModelFiles EngineBackend::check(const std::string& model) const {
  ModelFiles files = read_model_files(model);
  const ModelOptions options = expand(files.config.model);
  // Of other models nothing but the files is known here.
  if (packing_obstacles(options).empty())
    read_weights(SafetensorsFile::open(files.weights), plan_of(files));
  return files;
}

TaskFiles EngineBackend::check_task(const std::string& model) const {
  refuse_task(model);
}

std::optional<Evaluation> EngineBackend::evaluate_task(const TaskEvaluationOptions& options,
                                                       Logger& /*logger*/,
                                                       const StopFlag& /*stop*/) const {
  refuse_task(options.model);
}

std::function<void()> EngineBackend::wait_for(const std::string& /*device*/) const {
  return nullptr;
}

}  // namespace regard
