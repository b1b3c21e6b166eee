#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "regard/decode/translator.h"
#include "regard/model/longest_sentence.h"
#include "regard/model/seq2seq.h"
#include "regard/model/weights.h"
#include "regard/run/config.h"
#include "regard/run/tokenizer_files.h"

namespace regard {

/// What the ids mean in a model of ours. Throws UserError when the target vocabulary has no end
/// mark.
TokenRoles roles_of(const TokenizerPair& tokenizers);

/// A model ready to translate.
struct OpenedModel {
  std::filesystem::path folder;   ///< the model directory
  std::filesystem::path weights;  ///< the file that was read
  Config config;
  TokenizerPair tokenizers;
  WeightsHeader header;
  Seq2Seq model{nullptr};
};

/// Opens a MODEL argument: a model directory, or a checkpoint inside one; `overrides` are put over
/// its configuration. Throws UserError naming what is missing, damaged or does not belong together.
OpenedModel open_model(const std::filesystem::path& path, const torch::Device& device,
                       const config::Overrides& overrides = {});

/// Throws UserError when `other` is another model than `trained`, whose weights are at `place`:
/// other heads or another activation have the same shapes. Dropout does not matter, nor do keys
/// that begin with one of `left_out`.
void require_same_model(ModelOptions trained, const ModelOptions& other,
                        const std::filesystem::path& place,
                        const std::vector<std::string>& left_out = {});

/// Opens a MODEL argument that may be an ensemble: "A,B" where no path of that name exists. All
/// models must have the same target vocabulary. The first one's configuration counts, with
/// `overrides` put over it.
std::vector<OpenedModel> open_models(const std::string& argument, const torch::Device& device,
                                     const config::Overrides& overrides = {});

/// The files a model is made of: no output may replace them.
std::vector<std::filesystem::path> files_of(const OpenedModel& model);

/// Makes a translator cut lines and translations where the positions of this model end.
void limit_lengths(TranslatorOptions& options, const ModelOptions& model);

}  // namespace regard
