#include "regard/tasks/task.h"

#include <memory>

#include "regard/layers/pooling.h"
#include "regard/tensor/torch.h"

#include "tasks/category.h"
#include "tasks/classify/columns.h"
#include "tasks/tsv_examples.h"

namespace regard {
namespace {

/// Pooled states -> [hidden layer ->] a score for each label, or a number.
class ClassifyHead final : public HeadImpl {
 public:
  ClassifyHead(const HeadSetup& setup, std::int64_t outputs)
      : pool_(setup.options.head->pool.value_or(PoolOptions()), setup.width,
              setup.options.dropout.attention, "pool"),
        output_(*setup.options.head,
                pooled_width(setup.options.head->pool.value_or(PoolOptions()), setup.width),
                outputs) {
    register_module("pool", pool_);
    register_module("layers", output_);
  }

  torch::Tensor forward(const std::vector<EncoderOutput>& texts, const Batch& /*batch*/,
                        const ForwardContext& context,
                        std::vector<AttentionRecord>* records) override {
    const EncoderOutput& text = texts.front();
    return output_->forward(pool_->forward(text.states, text.mask, context, records), context);
  }

 private:
  Pooling pool_;
  OutputLayers output_;
};

/// A label, or a number, for each text.
class Classify final : public Task {
 public:
  explicit Classify(const DataOptions& data)
      : columns_(classify_columns(data.columns)), has_header_(data.header), category_(columns_) {}

  std::unique_ptr<ExampleReader> read(const std::filesystem::path& file,
                                      const ExampleReading& reading) const override {
    return read_tsv(file, {columns_, {"text"}, has_header_}, reading);
  }
  Example example_of(const Line& line, const SourceSpot& place) const override {
    Example example;
    example.texts = {line.text};
    example.place = place;
    return example;
  }
  bool has_labels() const override { return !category_.is_number(); }
  bool has_probabilities() const override { return !category_.is_number(); }
  void encode(Example& example, const TaskParts& parts) const override {
    example.source = parts.tokenizer.encode(example.texts[0]);
    category_.encode(example, parts.labels);
  }
  void complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& /*number*/,
                const TaskParts& /*parts*/) const override {
    category_.complete(batch, notes);
  }
  std::string unit() const override { return "examples"; }
  std::shared_ptr<HeadImpl> make_head(const HeadSetup& setup,
                                      const TaskParts& parts) const override {
    return std::make_shared<ClassifyHead>(setup, category_.outputs(parts.labels));
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

std::unique_ptr<Task> make_classify_task(const TaskSetup& setup) {
  return std::make_unique<Classify>(setup.data);
}

}  // namespace regard
