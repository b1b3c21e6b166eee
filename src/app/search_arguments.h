#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/cli/command.h"
#include "regard/config/auto_integer.h"
#include "regard/config/overrides.h"
#include "regard/core/profile.h"
#include "regard/decode/decoding_model.h"
#include "regard/decode/translator.h"
#include "regard/run/model_folder.h"

namespace regard {

/// How a model translates, as given on the command line: what `regard translate` and `regard
/// evaluate MODEL` share. What is not given is the model's own.
struct SearchArguments {
  config::Overrides overrides;  ///< of keys of the model's configuration
  std::optional<std::string> sample;
  config::AutoInteger workers;
  WeightType precision = WeightType::float32;
  bool uses_reference = false;
};

/// What changes the text of the translations.
void add_search_options(cli::Command& command, SearchArguments& arguments);
/// How it is computed: memory, workers and numbers.
void add_computing_options(cli::Command& command, SearchArguments& arguments);

/// Throws UserError for contradictions that can be told before anything is opened.
void check_search(const SearchArguments& arguments);

/// The options of a translator with these models, which were opened with the overrides; `num_best`
/// translations a line. Throws UserError for what does not go together.
TranslatorOptions translator_options(const SearchArguments& arguments, std::int64_t num_best,
                                     const std::vector<OpenedModel>& models);

/// What searches ask. A model that was packed is let go, so that its weights are not there twice,
/// unless `keeps_models`. `profile` may be null.
Models pack_models(std::vector<OpenedModel>& opened, const SearchArguments& arguments,
                   bool keeps_models, Profile* profile);

}  // namespace regard
