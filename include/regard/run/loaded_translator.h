#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/core/profile.h"
#include "regard/engine/translation_service.h"

#include "model_backend.h"

namespace regard {

/// What each line is translated to.
struct TranslationRequirements {
  std::int64_t num_best = 1;
  std::optional<AlignmentOptions> alignment = {};  ///< link source and target words
  bool has_token_scores = false;                   ///< score each subword
  Profile* profile = nullptr;                      ///< null: times are not taken
};

/// Models that are ready to translate: translator.translate_all(models, …).
struct LoadedTranslator {
  std::vector<ModelFiles> files;
  TranslationService translator;
  Models models;
};

/// How a translator of these models translates. Throws UserError for more translations than the
/// beam has.
TranslatorOptions translator_options(const std::vector<ModelFiles>& models,
                                     const SearchSetup& setup,
                                     const TranslationRequirements& requirements);

/// A translator of loaded models. Throws UserError for what does not go together.
LoadedTranslator make_translator(LoadedModels loaded, const SearchSetup& setup,
                                 const TranslationRequirements& requirements = {});

/// `others`, and the files of the models: what no output of a translation may replace.
std::vector<std::filesystem::path> inputs_of(const std::vector<ModelFiles>& models,
                                             std::vector<std::filesystem::path> others);

}  // namespace regard
