#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <torch/nn/module.h>

#include "regard/tensor/batch.h"
#include "regard/tensor/tensor_file.h"

namespace regard {

/// The ids that mean something in a model's vocabularies. Stored with its weights, never constants
/// in code.
struct TokenRoles {
  std::int64_t pad = 0;
  std::int64_t unknown = 1;
  std::int64_t decoder_start = 2;
  std::int64_t source_end = 3;
  std::int64_t target_end = 3;
  std::vector<std::int64_t> suppressed = {0, 1, 2};  ///< never generated
  std::int64_t forced_first = -1;  ///< what every translation begins with, as certain; -1 = nothing

  BatchIds batch_ids() const { return {pad, source_end, decoder_start, target_end}; }
  friend bool operator==(const TokenRoles&, const TokenRoles&) = default;
};

std::string to_json(const TokenRoles& roles);
/// Throws UserError with `place` when the text is not roles of a vocabulary of `vocabulary` pieces.
TokenRoles roles_from_json(const std::string& text, std::int64_t vocabulary,
                           const std::filesystem::path& place);

/// Parameters by name, tied ones once.
NamedTensors named_weights(const torch::nn::Module& model);

/// What a weight file contains in addition to the weights.
struct WeightsHeader {
  TokenRoles roles;
  std::uint64_t source_tokenizer =
      0;  ///< fingerprints: weights and tokenizers must belong together
  std::uint64_t target_tokenizer = 0;
  std::int64_t update = 0;
  std::string model;  ///< the model options as YAML, for the same reason; may be empty
};

void save_weights(const std::filesystem::path& path, const NamedTensors& weights,
                  const WeightsHeader& header);

/// What a weight file contains in addition to the weights, without reading these. Throws UserError
/// as load_weights() does. `vocabulary` bounds the ids of the roles.
WeightsHeader read_header(const SafetensorsFile& file, std::int64_t vocabulary);

/// Fills the parameters of `model`. Throws UserError naming file and tensor: damaged, missing,
/// other shape, not finite, or a format version this program does not know. `vocabulary` bounds the
/// ids of the roles.
WeightsHeader load_weights(const std::filesystem::path& path, torch::nn::Module& model,
                           std::int64_t vocabulary);

/// Fills those parameters of `model` whose names begin with `prefix` and leaves the others. Throws
/// UserError as load_weights() does.
void load_weights_of(const std::filesystem::path& path, torch::nn::Module& model,
                     const std::string& prefix);

}  // namespace regard
