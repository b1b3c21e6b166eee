#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/interop/portable_model.h"

#include "weight_reader.h"

namespace regard {

/// What config.json says of the tables of a MarianMTModel.
struct MarianHfTables {
  std::int64_t source_rows = 0;
  std::int64_t target_rows = 0;
  std::int64_t positions = 0;
  bool shares_embeddings = true;  ///< share_encoder_decoder_embeddings
  bool ties_output = true;        ///< tie_word_embeddings
};

/// Reads the weights under the names of MarianMTModel. As in transformers 5, a table that is stored
/// is used, and one that is not is the one it is tied to, whatever name that is stored under;
/// positions that are stored replace the sinusoids. `shape` gets ties, positions and
/// bias. `notes` gets a sentence for what is stored otherwise than config.json says. Throws
/// UserError naming file and tensor.
TransformerWeights read_marian_hf_weights(WeightReader& reader, const TransformerShape& shape,
                                          const MarianHfTables& tables,
                                          std::vector<std::string>& notes);

}  // namespace regard
