#include "regard/tasks/task.h"

#include <memory>

#include "regard/layers/pooling.h"
#include "regard/tensor/torch.h"

#include "tasks/category_task.h"
#include "tasks/classify/columns.h"

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
class Classify final : public CategoryTask {
 public:
  explicit Classify(const DataOptions& data)
      : CategoryTask({classify_columns(data.columns), {"text"}, data.header}) {}

  std::shared_ptr<HeadImpl> make_head(const HeadSetup& setup,
                                      const TaskParts& parts) const override {
    return std::make_shared<ClassifyHead>(setup, category().outputs(parts.labels));
  }
};

}  // namespace

std::unique_ptr<Task> make_classify_task(const TaskSetup& setup) {
  return std::make_unique<Classify>(setup.data);
}

}  // namespace regard
