#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "regard/core/profile.h"
#include "regard/decode/decoding_model.h"
#include "regard/decode/translator.h"
#include "regard/run/model_folder.h"

namespace regard {

/// How a model translates, as given on the command line: what `regard translate` and `regard
/// evaluate MODEL` share. What is not given is the model's own.
struct SearchArguments {
  std::optional<std::int64_t> beam_size;
  std::optional<std::string> length_penalty;
  std::optional<std::string> stop;
  std::optional<std::string> max_length;
  std::optional<std::int64_t> min_length;
  std::optional<std::int64_t> no_repeat_ngram;
  std::optional<std::string> sample;
  std::optional<std::int64_t> batch_tokens;
  std::string workers = "auto";
  std::string precision = "float32";
  bool uses_reference = false;
};

/// What changes the text of the translations.
void add_search_options(CLI::App& command, SearchArguments& arguments);
/// How it is computed: memory, workers and numbers.
void add_computing_options(CLI::App& command, SearchArguments& arguments);

/// Throws UserError for contradictions that can be told before anything is opened.
void check_search(const SearchArguments& arguments);

/// The options of a translator with these models; `num_best` translations a line. Throws UserError
/// for what does not go together.
TranslatorOptions translator_options(const SearchArguments& arguments, std::int64_t num_best,
                                     const std::vector<OpenedModel>& models);

/// What searches ask. A model that was packed is let go, so that its weights are not there twice,
/// unless `keeps_models`. `profile` may be null.
Models pack_models(std::vector<OpenedModel>& opened, const SearchArguments& arguments,
                   bool keeps_models, Profile* profile);

}  // namespace regard
