#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tasks/category.h"
#include "tasks/tsv_examples.h"

namespace regard {

/// A task that gives a whole example one answer, a label or a number. What differs is how many
/// texts an example has, and the head on them.
class CategoryTask : public Task {
 public:
  std::unique_ptr<ExampleReader> read(const std::filesystem::path& file,
                                      const ExampleReading& reading) const override;
  bool has_labels() const override { return !category_.is_number(); }
  bool has_probabilities() const override { return !category_.is_number(); }
  /// The texts are the source and, of two, the target.
  void encode(Example& example, const TaskParts& parts) const override;
  void complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& number,
                const TaskParts& parts) const override;
  std::string unit() const override { return "examples"; }
  PassLoss loss(EncoderNetworkImpl& network, const torch::Tensor& scores, const Batch& batch,
                double label_smoothing) const override;
  std::vector<std::vector<Answer>> answers(EncoderNetworkImpl& network, const torch::Tensor& scores,
                                           const Batch& batch, const TaskParts& parts,
                                           std::int64_t count) const override;

 protected:
  explicit CategoryTask(TsvColumns columns)
      : columns_(std::move(columns)), category_(columns_.names) {}

  const Category& category() const { return category_; }

 private:
  TsvColumns columns_;
  Category category_;
};

}  // namespace regard
