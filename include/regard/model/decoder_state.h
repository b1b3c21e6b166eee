#pragma once

#include <cstdint>
#include <vector>

#include "regard/attention/masks.h"
#include "regard/layers/sublayer.h"

namespace regard {

/// What the encoder made of a batch of sentences.
struct EncoderOutput {
  torch::Tensor states;  ///< [sentences, positions, width]
  SequenceMask mask;
  /// Where each recurrent layer ended, lowest first; without one, the mean of the states.
  std::vector<RecurrentState> finals;

  std::int64_t sentences() const { return states.size(0); }
};

/// All that decoding remembers between steps, for every kind of decoder. Rows are hypotheses,
/// grouped by sentence: row r belongs to sentence r / (rows / sentences). Beam search reorders it
/// with one gather per tensor.
struct DecoderState {
  std::int64_t step = 0;                 ///< tokens read so far
  std::vector<SublayerState> sublayers;  ///< one per sublayer of a decoder made of blocks; of an
                                         ///< rnn decoder, one

  /// Row i becomes what row `rows[i]` was. The number of rows may change, the sentences stay.
  void reorder(const torch::Tensor& rows);
  /// Keeps only these sentences, and these rows of them.
  void keep(const torch::Tensor& sentences, const torch::Tensor& rows);
};

}  // namespace regard
