#include "regard/run/text_translation.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/profile_report.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"

#include "translation_filter.h"

namespace regard {
namespace {

TranslationRequirements requirements_of(const TextTranslationOptions& options, const Config& config,
                                        Profile* profile) {
  TranslationRequirements requirements;
  requirements.num_best = std::max<std::int64_t>(1, options.num_best);
  if (!options.alignments.empty()) requirements.alignment = alignment_options(options, config);
  requirements.has_token_scores = options.score_unit() != ScoreUnit::none;
  requirements.profile = profile;
  return requirements;
}

std::vector<OpenedModel> open_profiled(const TextTranslationOptions& options,
                                       const torch::Device& device, Profile* profile) {
  const ProfileSpan span(profile, "opening the model");
  return open_models(options.model, device, options.search.overrides);
}

/// Weights of the attention, and scores of parts, are of the subwords of one vocabulary.
void check_details_of_ensemble(const DetailOptions& details,
                               const std::vector<OpenedModel>& opened) {
  const std::pair<const char*, bool> options[] = {{"--alignments", !details.alignments.empty()},
                                                  {"--pieces", !details.pieces.empty()},
                                                  {"--word-scores", details.has_word_scores},
                                                  {"--piece-scores", details.has_piece_scores}};
  const auto* given = std::find_if(std::begin(options), std::end(options),
                                   [](const auto& option) { return option.second; });
  if (given == std::end(options)) return;
  for (const OpenedModel& model : opened) {
    if (model.header.source_tokenizer == opened.front().header.source_tokenizer) continue;
    throw UserError(str(given->first, ": ", model.folder.string(),
                        " has a different source vocabulary from the ensemble's first model"),
                    "take them from one of the models");
  }
}

}  // namespace

bool translate_text(const TextTranslationOptions& options, const TranslationWatch& watch) {
  check_search(options.search);
  check_details(options, options.output);
  FilterInputs texts(options, &watch.stop);  // what is caught would not end its waiting
  if (watch.on_open) watch.on_open();
  const torch::Device device = parse_device(options.device);
  std::optional<Profile> taken;
  Profile* profile = nullptr;
  if (options.is_profiled) profile = &taken.emplace([device] { wait_for(device); });
  std::vector<OpenedModel> opened = open_profiled(options, device, profile);
  check_details_of_ensemble(options, opened);
  const TranslationRequirements requirements =
      requirements_of(options, opened.front().config, profile);
  const LoadedTranslator loaded = load_translator(std::move(opened), options.search, requirements);
  FilterOutputs outputs(options, inputs_of(loaded.opened, {options.input, options.prefix}));
  TranslationFilter(loaded, texts, options, {watch.logger, watch.stop, profile}).run(outputs);
  if (watch.stop.is_requested()) return false;
  outputs.commit();
  if (profile != nullptr) report_profile(*profile, profile_path(options.output), watch.logger);
  return true;
}

}  // namespace regard
