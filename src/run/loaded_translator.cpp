#include "regard/run/loaded_translator.h"

#include <memory>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

TranslatorOptions options_of(const std::vector<OpenedModel>& models, const SearchSetup& setup,
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
  for (const OpenedModel& model : models)
    limit_lengths(options, model.config.model);
  return options;
}

/// What searches ask. A model that was packed is let go, unless `keeps_models`.
Models pack_models(std::vector<OpenedModel>& opened, const SearchSetup& setup, bool keeps_models,
                   Profile* profile) {
  const ProfileSpan span(profile, "packing the weights");
  Models models;
  for (OpenedModel& model : opened) {
    models.push_back(model.model.get());
    if (model.header.source_tokenizer == opened.front().header.source_tokenizer) continue;
    models.back().source =
        std::make_shared<SourceSide>(SourceSide{model.tokenizers.source, model.header.roles});
  }
  if (setup.uses_reference) return models;
  models = pack(models, setup.precision);
  if (keeps_models) return models;
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].fast == nullptr) continue;
    models[i].module = nullptr;
    opened[i].model = nullptr;
  }
  release_memory(at::kCPU);  // what packing took; only models on the CPU are packed
  return models;
}

}  // namespace

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

LoadedTranslator load_translator(std::vector<OpenedModel> opened, const SearchSetup& setup,
                                 const TranslationRequirements& requirements) {
  const OpenedModel& first = opened.front();
  Translator translator(first.tokenizers.source, first.tokenizers.target, first.header.roles,
                        options_of(opened, setup, requirements));
  Models models =
      pack_models(opened, setup, requirements.alignment.has_value(), requirements.profile);
  return {std::move(opened), std::move(translator), std::move(models)};
}

std::vector<std::filesystem::path> inputs_of(const std::vector<OpenedModel>& models,
                                             std::vector<std::filesystem::path> others) {
  for (const OpenedModel& model : models) {
    const auto files = files_of(model);
    others.insert(others.end(), files.begin(), files.end());
  }
  return others;
}

}  // namespace regard
