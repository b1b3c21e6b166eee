#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "regard/data/corpus.h"
#include "regard/tasks/task.h"

namespace regard {

/// Of a model's labels; 0 = it has none.
std::uint64_t fingerprint_of(const LabelSet& labels);

/// The files of a task as a corpus.
class TaskFormat final : public ExampleFormat {
 public:
  /// Everything must outlive the format. Of `loading` the limits count.
  TaskFormat(const Task& task, const TaskParts& parts, const CorpusLoading& loading)
      : task_(task), parts_(parts), loading_(loading) {}

  std::unique_ptr<ExampleReader> read(const CorpusFiles& files) const override;
  std::function<void(Example&)> encoder(const CorpusFiles& files) const override;
  std::vector<std::uint64_t> fingerprints() const override;
  bool has_notes(const std::vector<CorpusFiles>& /*files*/) const override { return true; }
  std::pair<std::int32_t, std::int32_t> unknown_ids() const override;

 private:
  const Task& task_;
  const TaskParts& parts_;
  const CorpusLoading& loading_;
};

/// Subwords and notes of the rows of a batch.
struct TaskRows {
  std::vector<TokenSpan> sources;
  std::vector<TokenSpan> seconds;  ///< empty, or one for each row
  std::vector<PairLinks> notes;
};

/// The batch of these rows; `examples` are their numbers.
Batch make_task_batch(const Task& task, const TaskParts& parts, const TaskRows& rows,
                      std::span<const std::int64_t> examples, const BatchNumber& number);

/// Batches of the examples of a task.
class TaskBatches final : public BatchMaker {
 public:
  TaskBatches(std::shared_ptr<const Task> task, TaskParts parts, Corpus corpus);

  const Corpus& corpus() const override { return corpus_; }
  Batch make(std::span<const std::int64_t> examples, const BatchNumber& number) const override;
  Batch largest(std::int64_t batch_tokens) const override;

 private:
  std::vector<std::vector<std::int32_t>> sampled(std::span<const std::int64_t> examples,
                                                 const BatchNumber& number,
                                                 std::uint64_t side) const;

  std::shared_ptr<const Task> task_;
  TaskParts parts_;
  Corpus corpus_;
};

}  // namespace regard
