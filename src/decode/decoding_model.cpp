#include "regard/decode/decoding_model.h"

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

std::unique_ptr<StepScorer> scorer_of(const DecodingModel& model, Profile* profile) {
  if (model.fast != nullptr) return model.fast->scorer(profile);
  return std::make_unique<ModelScorer>(*model.module, model.module->output_weight().device());
}

}  // namespace

Models pack(const Models& models, WeightType type) {
  Models packed = models;
  for (DecodingModel& model : packed) {
    const std::vector<Problem> obstacles = FastTransformer::obstacles(*model.module);
    if (obstacles.empty()) {
      model.fast = std::make_shared<const FastTransformer>(*model.module, type);
    } else if (type != WeightType::float32) {
      throw UserError(str("--precision: ", config::word_of(type), " requires packed weights, but ",
                          obstacles.front().what),
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
