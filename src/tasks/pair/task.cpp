#include "regard/tasks/task.h"

#include <memory>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

#include "tasks/category.h"
#include "tasks/pair/columns.h"
#include "tasks/pair/head.h"
#include "tasks/tsv_examples.h"

namespace regard {
namespace {

/// A label, or a number, for two texts.
class PairTask final : public Task {
 public:
  explicit PairTask(const DataOptions& data)
      : columns_(pair_columns(data.columns)), has_header_(data.header), category_(columns_) {}

  std::unique_ptr<ExampleReader> read(const std::filesystem::path& file,
                                      const ExampleReading& reading) const override {
    return read_tsv(file, {columns_, {"first", "second"}, has_header_}, reading);
  }
  Example example_of(const Line& line, const SourceSpot& place) const override {
    Example example;
    example.texts = split(line.text, '\t');
    example.place = place;
    if (example.texts.size() == 2) return example;
    throw UserError(place,
                    str(example.texts.size(), example.texts.size() == 1 ? " text" : " texts",
                        ", but a pair is two with a tab between them"),
                    "write FIRST<tab>SECOND, or give the file of examples with --data");
  }
  bool has_labels() const override { return !category_.is_number(); }
  bool has_probabilities() const override { return !category_.is_number(); }
  void encode(Example& example, const TaskParts& parts) const override {
    example.source = parts.tokenizer.encode(example.texts[0]);
    example.target = parts.tokenizer.encode(example.texts[1]);
    category_.encode(example, parts.labels);
  }
  void complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& /*number*/,
                const TaskParts& /*parts*/) const override {
    category_.complete(batch, notes);
  }
  std::string unit() const override { return "examples"; }
  std::shared_ptr<HeadImpl> make_head(const HeadSetup& setup,
                                      const TaskParts& parts) const override {
    return std::make_shared<PairHead>(setup, category_.outputs(parts.labels));
  }
  PassLoss loss(EncoderNetworkImpl& /*network*/, const torch::Tensor& scores, const Batch& batch,
                double label_smoothing) const override {
    return category_.loss(scores, batch, label_smoothing);
  }
  std::vector<std::vector<Answer>> answers(EncoderNetworkImpl& /*network*/,
                                           const torch::Tensor& scores, const Batch& /*batch*/,
                                           const TaskParts& parts,
                                           std::int64_t count) const override {
    return category_.answers(scores, parts.labels, count);
  }

 private:
  std::vector<std::string> columns_;
  bool has_header_;
  Category category_;
};

}  // namespace

std::unique_ptr<Task> make_pair_task(const TaskSetup& setup) {
  return std::make_unique<PairTask>(setup.data);
}

}  // namespace regard
