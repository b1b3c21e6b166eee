#include "regard/tasks/task_data.h"

#include <algorithm>

#include "regard/core/random.h"
#include "regard/data/pair_batches.h"
#include "regard/tensor/torch.h"

namespace regard {

std::uint64_t fingerprint_of(const LabelSet& labels) {
  return labels.size() == 0 ? 0 : labels.fingerprint();
}

std::unique_ptr<ExampleReader> TaskFormat::read(const CorpusFiles& files) const {
  return task_.read(files.source, {loading_.invalid_utf8, true});
}

std::function<void(Example&)> TaskFormat::encoder(const CorpusFiles& /*files*/) const {
  return [this](Example& example) {
    task_.encode(example, parts_);
    const auto limit = static_cast<std::size_t>(loading_.max_length);
    const std::size_t longest = std::max(example.source.size(), example.target.size());
    const bool is_blank =
        example.source.empty() || (example.texts.size() > 1 && example.target.empty());
    if (is_blank) {
      example.verdict = Verdict::blank;
    } else if (limit > 0 && longest > limit) {
      example.verdict = Verdict::too_long;
    }
  };
}

std::vector<std::uint64_t> TaskFormat::fingerprints() const {
  return {parts_.tokenizer.fingerprint(), fingerprint_of(parts_.labels)};
}

std::pair<std::int32_t, std::int32_t> TaskFormat::unknown_ids() const {
  const std::int32_t unknown = parts_.tokenizer.special_ids().unknown;
  return {unknown, unknown};
}

Batch make_task_batch(const Task& task, const TaskParts& parts, const TaskRows& rows,
                      std::span<const std::int64_t> examples, const BatchNumber& number) {
  const BatchIds& ids = parts.ids;
  Batch batch;
  batch.source = pad_sequences(rows.sources, -1, ids.source_end, ids.pad);
  batch.source_tokens = batch.source.lengths.sum().item<std::int64_t>();
  if (!rows.seconds.empty()) {
    batch.second = pad_sequences(rows.seconds, -1, ids.source_end, ids.pad);
    batch.source_tokens += batch.second.lengths.sum().item<std::int64_t>();
  }
  batch.pairs.assign(examples.begin(), examples.end());
  task.complete(batch, rows.notes, number, parts);
  return batch;
}

TaskBatches::TaskBatches(std::shared_ptr<const Task> task, TaskParts parts, Corpus corpus)
    : task_(std::move(task)), parts_(std::move(parts)), corpus_(std::move(corpus)) {}

std::vector<std::vector<std::int32_t>> TaskBatches::sampled(std::span<const std::int64_t> examples,
                                                            const BatchNumber& number,
                                                            std::uint64_t side) const {
  std::vector<std::string> lines;
  for (const std::int64_t example : examples)
    lines.emplace_back(side == 0 ? corpus_.source_text(example) : corpus_.target_text(example));
  const std::uint64_t seed = derive_seed(
      {number.seed, static_cast<std::uint64_t>(RandomUse::subword_sampling),
       static_cast<std::uint64_t>(number.epoch), static_cast<std::uint64_t>(number.batch), side});
  return parts_.tokenizer.encode_sampled(lines, parts_.sampling, seed);
}

Batch TaskBatches::make(std::span<const std::int64_t> examples, const BatchNumber& number) const {
  const bool is_sampled = parts_.sampling.alpha > 0.0 && corpus_.has_text();
  std::vector<std::vector<std::int32_t>> drawn[2];
  TaskRows rows;
  bool has_second = false;
  for (const std::int64_t example : examples) {
    rows.sources.push_back(corpus_.source(example));
    rows.seconds.push_back(corpus_.target(example));
    has_second = has_second || !rows.seconds.back().empty();
    rows.notes.push_back(corpus_.notes(example));
  }
  if (!has_second) rows.seconds.clear();
  if (is_sampled) {
    drawn[0] = sampled(examples, number, 0);
    rows.sources.assign(drawn[0].begin(), drawn[0].end());
    if (has_second) drawn[1] = sampled(examples, number, 1);
    rows.seconds.assign(drawn[1].begin(), drawn[1].end());
  }
  return make_task_batch(*task_, parts_, rows, examples, number);
}

/// The notes are those of the example that has most of them.
Batch TaskBatches::largest(std::int64_t batch_tokens) const {
  const PairLengths longest = longest_sides(corpus_.lengths());
  const std::int64_t width = std::int64_t{std::max(longest.source, longest.target)} + 1;
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(1, batch_tokens / width));
  PairLinks most;
  for (std::int64_t i = 0; i < corpus_.size(); ++i) {
    const PairLinks notes = corpus_.notes(i);
    if (notes.source.size() + notes.target.size() >= most.source.size() + most.target.size())
      most = notes;
  }
  const auto any = static_cast<std::int32_t>(parts_.ids.source_end);
  const std::vector<std::int32_t> source(static_cast<std::size_t>(longest.source), any);
  const std::vector<std::int32_t> second(static_cast<std::size_t>(longest.target), any);
  TaskRows rows;
  rows.sources.assign(count, source);
  if (longest.target > 0) rows.seconds.assign(count, second);
  rows.notes.assign(count, most);
  const std::vector<std::int64_t> examples(count, 0);
  return make_task_batch(*task_, parts_, rows, examples, {});
}

}  // namespace regard
