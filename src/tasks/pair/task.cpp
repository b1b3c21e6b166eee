#include "regard/tasks/task.h"

#include <memory>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

#include "tasks/category_task.h"
#include "tasks/pair/columns.h"
#include "tasks/pair/head.h"

namespace regard {
namespace {

/// A label, or a number, for two texts.
class PairTask final : public CategoryTask {
 public:
  explicit PairTask(const DataOptions& data)
      : CategoryTask({pair_columns(data.columns), {"first", "second"}, data.header}) {}

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
  std::shared_ptr<HeadImpl> make_head(const HeadSetup& setup,
                                      const TaskParts& parts) const override {
    return std::make_shared<PairHead>(setup, category().outputs(parts.labels));
  }
};

}  // namespace

std::unique_ptr<Task> make_pair_task(const TaskSetup& setup) {
  return std::make_unique<PairTask>(setup.data);
}

}  // namespace regard
