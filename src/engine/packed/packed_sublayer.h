#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "regard/core/strings.h"
#include "regard/engine/buffer.h"
#include "regard/engine/transformer_plan.h"

#include "residual_rows.h"

namespace regard {

/// Encoded sentences without padding.
struct PackedSource {
  std::vector<std::int64_t> first;   ///< [sentences] row of each one's first token
  std::vector<std::int64_t> length;  ///< [sentences]
  std::int64_t tokens = 0;
  FloatBuffer states;  ///< [tokens, dim]; empty once all sublayers have started
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

/// Takes down where a sublayer looks at the source.
class AttentionRecorder {
 public:
  virtual ~AttentionRecorder() = default;
  /// `weights` [heads, keys]: those of a row of the batch in this step.
  virtual void record(std::int64_t row, std::int64_t heads, std::span<const float> weights) = 0;
};

/// What a sublayer knows of a step, apart from the rows themselves.
struct StepInput {
  const PackedSource& source;
  const Hypotheses& hypotheses;
  AttentionRecorder* recorder = nullptr;  ///< null: nobody asks; else called by one thread
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

/// Collects names and shapes of weights below a name.
class ShapeList {
 public:
  ShapeList(WeightShapes& shapes, std::string prefix)
      : shapes_(shapes), prefix_(std::move(prefix)) {}
  void linear(const std::string& name, std::int64_t out, std::int64_t in, bool has_bias) {
    shapes_[str(prefix_, name, ".weight")] = {out, in};
    if (has_bias) shapes_[str(prefix_, name, ".bias")] = {out};
  }
  void norm(const std::string& name, std::int64_t dim) {
    for (const char* part : {".weight", ".bias"})
      shapes_[str(prefix_, name, part)] = {dim};
  }

 private:
  WeightShapes& shapes_;
  std::string prefix_;
};

}  // namespace regard
