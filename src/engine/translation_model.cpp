#include "regard/engine/translation_model.h"

namespace regard {

std::unique_ptr<StepScorer> make_scorer(const Models& models, Profile* profile,
                                        std::vector<TokenBatch> sources) {
  if (models.size() == 1) return models.front().model->scorer(profile);
  std::vector<std::unique_ptr<StepScorer>> members;
  for (const TranslationMember& member : models)
    members.push_back(member.model->scorer(profile));
  return std::make_unique<EnsembleScorer>(std::move(members), std::move(sources));
}

std::vector<AttentionMatrix> cross_attention(const Models& models,
                                             const std::vector<TokenPair>& pairs,
                                             const TokenRoles& roles,
                                             const AlignmentOptions& options) {
  std::vector<AttentionMatrix> mean = models.front().model->cross_attention(pairs, roles, options);
  for (std::size_t k = 1; k < models.size(); ++k) {
    const auto other = models[k].model->cross_attention(pairs, roles, options);
    for (std::size_t i = 0; i < mean.size(); ++i) {
      for (std::size_t j = 0; j < mean[i].values.size(); ++j)
        mean[i].values[j] += other[i].values[j];
    }
  }
  if (models.size() == 1) return mean;
  for (AttentionMatrix& matrix : mean) {
    for (float& value : matrix.values)
      value /= static_cast<float>(models.size());
  }
  return mean;
}

}  // namespace regard
