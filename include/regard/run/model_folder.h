#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "regard/model/seq2seq.h"
#include "regard/model/weights.h"
#include "regard/run/model_files.h"

namespace regard {

/// A model with its weights in a network.
struct OpenedModel : ModelFiles {
  Seq2Seq model{nullptr};
};

/// Opens a MODEL argument as read_model_files() does, and reads its weights; throws UserError where
/// they are not of this model, too.
OpenedModel open_model(const std::filesystem::path& path, const torch::Device& device,
                       const config::Overrides& overrides = {});

/// Opens a MODEL argument that may be an ensemble: "A,B" where no path of that name exists. All
/// models must have the same target vocabulary. The first one's configuration counts, with
/// `overrides` put over it.
std::vector<OpenedModel> open_models(const std::string& argument, const torch::Device& device,
                                     const config::Overrides& overrides = {});

}  // namespace regard
