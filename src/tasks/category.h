#pragma once

#include <span>
#include <string>
#include <vector>

#include "regard/tasks/task.h"

#include "tasks/example_columns.h"

namespace regard {

/// One answer to a whole example: a label of a set, or a number. What tasks share whose head gives
/// scores of labels [rows, labels], or a number [rows, 1].
class Category {
 public:
  /// `columns` are those of the examples: with one called score, the answer is a number.
  explicit Category(const std::vector<std::string>& columns);

  bool is_number() const { return is_number_; }
  /// How many scores a head gives.
  std::int64_t outputs(const LabelSet& labels) const;
  /// The notes of an example with labels.
  void encode(Example& example, const LabelSet& labels) const;
  /// A field with the label (int64) or number (float32) of each row, -1 or 0 where it has none.
  void complete(Batch& batch, std::span<const PairLinks> notes) const;
  /// Cross-entropy, or the squared error.
  PassLoss loss(const torch::Tensor& scores, const Batch& batch, double label_smoothing) const;
  std::vector<std::vector<Answer>> answers(const torch::Tensor& scores, const LabelSet& labels,
                                           std::int64_t count) const;

 private:
  bool is_number_;
};

}  // namespace regard
