#include "regard/decode/decoding_model.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/model/transformer_weights.h"

namespace regard {
namespace {

/// Why a model cannot be packed.
std::string obstacle_of(const Seq2SeqImpl& model) {
  if (!model.output_weight().is_cpu()) return "the model is not on the CPU";
  const auto problems = obstacles_to_export(model.options(), {});
  return problems.empty() ? "the weights are not float32" : problems.front().what;
}

std::unique_ptr<StepScorer> scorer_of(const DecodingModel& model, Profile* profile) {
  if (model.fast != nullptr) return model.fast->scorer(profile);
  return std::make_unique<ModelScorer>(*model.module, model.module->output_weight().device());
}

}  // namespace

Models pack(const Models& models, WeightType type) {
  Models packed = models;
  for (DecodingModel& model : packed) {
    if (FastTransformer::supports(*model.module)) {
      model.fast = std::make_shared<const FastTransformer>(*model.module, type);
    } else if (type != WeightType::float32) {
      throw UserError(
          str("--precision: ", config::word_of(type),
              " is only for plain Transformers on the CPU, but ", obstacle_of(*model.module)),
          "use float32");
    }
  }
  return packed;
}

std::unique_ptr<StepScorer> make_scorer(const Models& models, Profile* profile,
                                        std::vector<Sequences> sources) {
  if (models.size() == 1) return scorer_of(models.front(), profile);
  std::vector<std::unique_ptr<StepScorer>> members;
  for (const DecodingModel& model : models)
    members.push_back(scorer_of(model, profile));
  return std::make_unique<EnsembleScorer>(std::move(members), std::move(sources));
}

}  // namespace regard
