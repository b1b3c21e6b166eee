#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "regard/tensor/batch.h"

#include "residual_rows.h"

namespace regard {

/// Encoded sentences without padding.
struct PackedSource {
  std::vector<std::int64_t> first;   ///< [sentences] row of each one's first token
  std::vector<std::int64_t> length;  ///< [sentences]
  torch::Tensor states;              ///< [tokens, dim]; undefined once all sublayers have started
};

/// Where the rows of a batch come from: hypotheses, grouped by sentence. All sublayers share it, so
/// that it is reordered once however many there are.
struct Hypotheses {
  std::vector<std::int64_t> open;  ///< [sentences] of the source, with equally many rows
  std::vector<std::vector<std::int32_t>>
      past;  ///< [rows][steps] its row in each step, with this one

  std::int64_t rows() const { return std::ssize(past); }
  std::int64_t steps() const { return std::ssize(past.front()); }
};

/// What a sublayer knows of a step, apart from the rows themselves.
struct StepInput {
  const PackedSource& source;
  const Hypotheses& hypotheses;
};

/// A packed sublayer at work on one batch, with what it keeps from step to step. Called once for
/// all rows, never for each.
class SublayerSteps {
 public:
  virtual ~SublayerSteps() = default;
  /// Adds its output at the next position of each hypothesis to x [rows, dim].
  virtual void step(const StepInput& input, ResidualRows& x) = 0;
  /// Row i becomes what row `rows[i]` was. Nothing to do for what Hypotheses::past finds where it
  /// was computed.
  virtual void reorder(std::span<const std::int64_t> /*rows*/) {}
};

/// The packed weights of a decoder's sublayer. Several threads may start batches.
class PackedSublayer {
 public:
  virtual ~PackedSublayer() = default;
  /// Begins a batch; what is needed of the source is computed here, once. The sublayer must outlive
  /// the result.
  virtual std::unique_ptr<SublayerSteps> start(const PackedSource& source) const = 0;
};

}  // namespace regard
