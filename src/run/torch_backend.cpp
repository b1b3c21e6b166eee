#include "regard/run/torch_backend.h"

#include <utility>

#include "regard/decode/module_model.h"
#include "regard/model/token_states.h"
#include "regard/run/model_folder.h"
#include "regard/run/prediction.h"
#include "regard/run/task_model.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

/// A network that owns its weights, or what is left of it.
class OwnedModule final : public TranslationModel {
 public:
  OwnedModule(Seq2Seq model, std::shared_ptr<const PackedTransformer> packed)
      : owned_(std::move(model)), model_(*owned_, std::move(packed)) {}
  std::unique_ptr<StepScorer> scorer(Profile* profile) const override {
    return model_.scorer(profile);
  }
  std::vector<AttentionMatrix> cross_attention(const std::vector<TokenPair>& pairs,
                                               const TokenRoles& roles,
                                               const AlignmentOptions& options) const override {
    return model_.cross_attention(pairs, roles, options);
  }
  bool is_on_cpu() const override { return model_.is_on_cpu(); }
  void use_threads(int threads) const override { model_.use_threads(threads); }

 private:
  Seq2Seq owned_;
  ModuleModel model_;
};

/// A network that was packed is let go, so that no weight is there twice, unless alignments need
/// it.
std::shared_ptr<const TranslationModel> packed_or_module(Seq2Seq model,
                                                         const LoadRequest& request) {
  std::shared_ptr<const PackedTransformer> packed;
  if (!request.search.uses_reference) packed = try_packing(*model, request.search.precision);
  if (packed != nullptr && !request.needs_maps) return std::make_shared<PackedModel>(packed);
  return std::make_shared<OwnedModule>(std::move(model), packed);
}

/// Log-probabilities of all tokens of a batch, end marks included, one pair after the other.
torch::Tensor token_scores_of(Seq2SeqImpl& model, const TokenRoles& roles,
                              const std::vector<TokenPair>& pairs) {
  std::vector<TokenSpan> sources;
  std::vector<TokenSpan> targets;
  for (const TokenPair& pair : pairs) {
    sources.push_back(pair.source);
    targets.push_back(pair.target);
  }
  const Batch batch =
      make_batch(sources, targets, words_of_their_own(pairs.size()), roles.batch_ids())
          .to(model.output_weight().device());
  const TokenStates states = forward_tokens(model, batch, ForwardContext{});
  torch::Tensor scores = at::log_softmax(model.logits(states.hidden), -1, torch::kFloat32)
                             .gather(1, states.targets.unsqueeze(1))
                             .squeeze(1)
                             .to(torch::kCPU, torch::kDouble);
  // As in a search, what every translation begins with is certain.
  std::int64_t first = 0;
  for (const TokenPair& pair : pairs) {
    if (!pair.target.empty() && pair.target[0] == roles.forced_first) scores[first].fill_(0.0);
    first += std::ssize(pair.target) + 1;
  }
  return scores;
}

/// All positions of a batch at once.
class ModulePairScorer final : public PairScorer {
 public:
  explicit ModulePairScorer(OpenedModel opened) : opened_(std::move(opened)) {}
  const ModelFiles& files() const override { return opened_; }
  std::vector<PairScore> score(const ScoreTexts& texts, const EncodedTexts& encoded,
                               const DetailOptions& details) const override {
    const torch::NoGradGuard no_grad;
    Seq2SeqImpl& model = *opened_.model.ptr();
    const auto token_scores = [&](const std::vector<TokenPair>& pairs) {
      const torch::Tensor all = token_scores_of(model, opened_.header.roles, pairs);
      const auto* value = all.const_data_ptr<double>();
      std::vector<std::vector<double>> scores;
      for (const TokenPair& pair : pairs) {
        const std::size_t count = pair.target.size() + 1;
        scores.emplace_back(value, value + count);
        value += count;
      }
      return scores;
    };
    const Models models = module_models({&model});
    return score_pairs({opened_, models, token_scores}, texts, encoded, details);
  }

 private:
  OpenedModel opened_;
};

}  // namespace

LoadedModels TorchBackend::load(const LoadRequest& request) const {
  const torch::Device device = parse_device(request.device);
  std::vector<OpenedModel> opened;
  {
    const ProfileSpan span(request.profile, "opening the model");
    opened = open_models(request.model, device, request.search.overrides);
  }
  const ProfileSpan span(request.profile, "packing the weights");
  LoadedModels loaded;
  for (OpenedModel& model : opened) {
    loaded.models.emplace_back(
        packed_or_module(std::exchange(model.model, Seq2Seq{nullptr}), request));
    loaded.files.push_back(std::move(model));
  }
  share_sources(loaded);
  // What packing took; only models on the CPU are packed.
  if (!request.search.uses_reference) release_memory(at::kCPU);
  return loaded;
}

std::unique_ptr<PairScorer> TorchBackend::open_scorer(const std::string& model,
                                                      const std::string& device) const {
  return std::make_unique<ModulePairScorer>(open_model(model, parse_device(device)));
}

ModelFiles TorchBackend::check(const std::string& model) const {
  return open_model(model, torch::kCPU);
}

TaskFiles TorchBackend::check_task(const std::string& model) const {
  const OpenedTaskModel opened = open_task_model(model, torch::kCPU);
  return {opened, opened.model.parts.labels, opened.model.task->unit()};
}

std::optional<Evaluation> TorchBackend::evaluate_task(const TaskEvaluationOptions& options,
                                                      Logger& logger, const StopFlag& stop) const {
  return regard::evaluate_task(options, logger, stop);
}

std::function<void()> TorchBackend::wait_for(const std::string& device) const {
  return [found = parse_device(device)] { regard::wait_for(found); };
}

}  // namespace regard
