#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/config/auto_integer.h"
#include "regard/config/overrides.h"
#include "regard/core/profile.h"
#include "regard/decode/decoding_model.h"
#include "regard/decode/translator.h"

#include "model_folder.h"

namespace regard {

/// How models translate, for all that do: commands, and programs that answer requests. What is not
/// given is the first model's own.
struct SearchSetup {
  config::Overrides overrides;        ///< of keys of the model's configuration, for open_models()
  std::optional<std::string> sample;  ///< as parse_draw_options() reads it; nothing = search
  config::AutoInteger workers;
  WeightType precision = WeightType::float32;
  bool uses_reference = false;  ///< LibTorch's general operations instead of packed weights
};

/// Throws UserError for contradictions that can be told before anything is opened.
void check_search(const SearchSetup& setup);

/// What each line is translated to.
struct TranslationRequirements {
  std::int64_t num_best = 1;
  std::optional<AlignmentOptions> alignment = {};  ///< link source and target words
  bool has_token_scores = false;                   ///< score each subword
  Profile* profile = nullptr;                      ///< null: times are not taken
};

/// Models that are ready to translate: translator.translate_all(models, …).
struct LoadedTranslator {
  /// Without the networks that were packed, so that no weight is there twice; all are kept where
  /// alignments are requested, which need them.
  std::vector<OpenedModel> opened;
  Translator translator;
  Models models;
};

/// Makes a translator of models that open_models() opened with `setup.overrides`, and packs their
/// weights. Throws UserError for what does not go together.
LoadedTranslator load_translator(std::vector<OpenedModel> opened, const SearchSetup& setup,
                                 const TranslationRequirements& requirements = {});

/// `others`, and the files of the models: what no output of a translation may replace.
std::vector<std::filesystem::path> inputs_of(const std::vector<OpenedModel>& models,
                                             std::vector<std::filesystem::path> others);

}  // namespace regard
