#include "regard/run/text_translation.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/run/profile_report.h"

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

/// Weights of the attention, and scores of parts, are of the subwords of one vocabulary.
void check_details_of_ensemble(const DetailOptions& details,
                               const std::vector<ModelFiles>& opened) {
  const std::pair<const char*, bool> options[] = {{"--alignments", !details.alignments.empty()},
                                                  {"--pieces", !details.pieces.empty()},
                                                  {"--word-scores", details.has_word_scores},
                                                  {"--piece-scores", details.has_piece_scores}};
  const auto* given = std::find_if(std::begin(options), std::end(options),
                                   [](const auto& option) { return option.second; });
  if (given == std::end(options)) return;
  for (const ModelFiles& model : opened) {
    if (model.header.source_tokenizer == opened.front().header.source_tokenizer) continue;
    throw UserError(str(given->first, ": ", model.folder.string(),
                        " has a different source vocabulary from the ensemble's first model"),
                    "take them from one of the models");
  }
}

/// Of a line that is translated in parts there is a text, and nothing else.
void check_split(const TextTranslationOptions& options) {
  if (!options.splits_sentences) return;
  const std::pair<const char*, bool> others[] = {
      {"--n-best", options.num_best > 0},          {"--scores", options.has_scores},
      {"--prefix", !options.prefix.empty()},       {"--alignments", !options.alignments.empty()},
      {"--pieces", !options.pieces.empty()},       {"--word-scores", options.has_word_scores},
      {"--piece-scores", options.has_piece_scores}};
  for (const auto& [name, is_given] : others) {
    if (!is_given) continue;
    throw UserError(str(name, ": --split translates the sentences of a line one by one"),
                    "remove one of the two, or give one sentence per line");
  }
}

}  // namespace

bool translate_text(const TextTranslationOptions& options, const ModelBackend& backend,
                    const TranslationWatch& watch) {
  check_search(options.search);
  check_details(options, options.output);
  check_split(options);
  FilterInputs texts(options, &watch.stop);  // what is caught would not end its waiting
  if (watch.on_open) watch.on_open();
  std::optional<Profile> taken;
  Profile* profile = nullptr;
  if (options.is_profiled) profile = &taken.emplace(backend.wait_for(options.device));
  LoadedModels models = backend.load(
      {options.model, options.device, options.search, !options.alignments.empty(), profile});
  check_details_of_ensemble(options, models.files);
  const TranslationRequirements requirements =
      requirements_of(options, models.files.front().config, profile);
  const LoadedTranslator loaded = make_translator(std::move(models), options.search, requirements);
  FilterOutputs outputs(options, inputs_of(loaded.files, {options.input, options.prefix}));
  TranslationFilter(loaded, texts, options, {watch.logger, watch.stop, profile}).run(outputs);
  if (watch.stop.is_requested()) return false;
  outputs.commit();
  if (profile != nullptr) report_profile(*profile, profile_path(options.output), watch.logger);
  return true;
}

}  // namespace regard
