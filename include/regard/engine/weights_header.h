#pragma once

#include <cstdint>
#include <string>

#include "regard/engine/token_roles.h"
#include "regard/formats/safetensors.h"

namespace regard {

/// What a weight file contains in addition to the weights.
struct WeightsHeader {
  TokenRoles roles;
  std::uint64_t source_tokenizer =
      0;  ///< fingerprints: weights and tokenizers must belong together
  std::uint64_t target_tokenizer = 0;
  std::uint64_t labels = 0;  ///< fingerprint of the labels that a head tells apart; 0 = none
  std::int64_t update = 0;
  std::string model;  ///< the model options as YAML, for the same reason; may be empty
};

/// For the metadata of a weight file.
Metadata metadata_of(const WeightsHeader& header);

/// What a weight file contains in addition to the weights, without reading these. Throws UserError
/// for metadata that metadata_of() does not write. `vocabulary` bounds the ids of the roles.
WeightsHeader read_header(const SafetensorsFile& file, std::int64_t vocabulary);

}  // namespace regard
