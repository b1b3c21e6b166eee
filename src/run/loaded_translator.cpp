#include "regard/run/loaded_translator.h"

#include <memory>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"

namespace regard {
void check_search(const SearchSetup& setup) {
  check_overrides(setup.overrides);
  const std::string* beam_size = setup.overrides.find("decoding.beam_size");
  if (setup.sample) {
    parse_draw_options(*setup.sample);
    if (beam_size != nullptr && *beam_size != "1") {
      throw UserError(str("--sample: sampling has no beam, but --beam-size is ", *beam_size),
                      "remove one of the two; --n-best samples several translations");
    }
  }
  if (setup.uses_reference && setup.precision != WeightType::float32) {
    throw UserError(str("--reference: the general operations do not support ",
                        config::word_of(setup.precision)),
                    "remove --reference or --precision");
  }
}

TranslatorOptions translator_options(const std::vector<ModelFiles>& models,
                                     const SearchSetup& setup,
                                     const TranslationRequirements& requirements) {
  TranslatorOptions options;
  options.decoding = models.front().config.decoding;
  options.num_best = requirements.num_best;
  options.workers = setup.workers;
  options.alignment = requirements.alignment;
  options.has_token_scores = requirements.has_token_scores;
  options.profile = requirements.profile;
  if (setup.sample) options.draw = parse_draw_options(*setup.sample);
  if (options.num_best > options.decoding.beam_size && !setup.sample) {
    throw UserError(str("--n-best: ", options.num_best, " is more than the beam size ",
                        options.decoding.beam_size),
                    str("use --beam-size ", options.num_best));
  }
  for (const ModelFiles& model : models)
    limit_lengths(options, model.config.model);
  return options;
}

LoadedTranslator make_translator(LoadedModels loaded, const SearchSetup& setup,
                                 const TranslationRequirements& requirements) {
  const ModelFiles& first = loaded.files.front();
  TranslationService translator(first.tokenizers.source, first.tokenizers.target,
                                first.header.roles,
                                translator_options(loaded.files, setup, requirements));
  return {std::move(loaded.files), std::move(translator), std::move(loaded.models)};
}

std::vector<std::filesystem::path> inputs_of(const std::vector<ModelFiles>& models,
                                             std::vector<std::filesystem::path> others) {
  for (const ModelFiles& model : models) {
    const auto files = files_of(model);
    others.insert(others.end(), files.begin(), files.end());
  }
  return others;
}

}  // namespace regard
