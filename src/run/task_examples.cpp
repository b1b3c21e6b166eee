#include "regard/run/task_examples.h"

#include <algorithm>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

/// What is in an example, as a line.
std::string line_of(const Example& example) {
  std::vector<std::string> parts = example.texts;
  parts.push_back(join(example.labels, " "));
  for (const std::int32_t mark : example.marks)
    parts.push_back(str(mark));
  return join(parts, "\t");
}

}  // namespace

CorpusFingerprint survey_examples(const Task& task, const std::filesystem::path& file,
                                  const ExampleReading& reading,
                                  const std::function<void(const Example&)>& use) {
  require_regular_file(file);
  const std::unique_ptr<ExampleReader> reader = task.read(file, reading);
  TextFingerprint fingerprint;
  CorpusFingerprint found;
  for (Example example; reader->next(example); example = {}) {
    ++found.pairs;
    fingerprint.add(found.pairs, line_of(example));
    use(example);
  }
  if (found.pairs == 0)
    throw UserError(SourceSpot{file.string()}, "contains no example", "give a file with examples");
  found.source = fingerprint.value();
  return found;
}

void encode_whole(const Task& task, const TaskParts& parts, Example& example) {
  for (std::string& text : example.texts) {
    const std::size_t size = cut_for_encoding(text).size();
    if (size < text.size()) text.resize(size);
  }
  task.encode(example, parts);
}

std::string most_frequent(const LabelSet& labels) {
  LabelCount best;
  for (const LabelCount& label : labels.labels()) {
    if (label.count > best.count) best = label;
  }
  return best.label;
}

std::vector<Example> read_examples(const Task& task, const TaskParts& parts,
                                   const std::filesystem::path& file,
                                   const ExampleReading& reading) {
  const std::unique_ptr<ExampleReader> reader = task.read(file, reading);
  std::vector<Example> examples;
  for (Example example; reader->next(example); example = {}) {
    encode_whole(task, parts, example);
    examples.push_back(std::move(example));
  }
  if (examples.empty())
    throw UserError(SourceSpot{file.string()}, "contains no example", "give a file with examples");
  return examples;
}

std::string examples_text(const CorpusCounts& counts) {
  const std::int64_t tokens = counts.source_tokens + counts.target_tokens;
  const std::int64_t unknown = counts.source_unknown + counts.target_unknown;
  const double percent =
      tokens == 0 ? 0.0 : 100.0 * static_cast<double>(unknown) / static_cast<double>(tokens);
  std::vector<std::string> dropped;
  for (const auto& [count, reason] : {std::pair(counts.blank, "blank"),
                                      {counts.too_long, "too long"},
                                      {counts.invalid_utf8, "not UTF-8"}}) {
    if (count > 0) dropped.push_back(str(with_thousands(count), " ", reason));
  }
  return str(with_thousands(counts.kept), " of ", with_thousands(counts.pairs_read),
             " examples kept", dropped.empty() ? "" : " (" + join(dropped, ", ") + ")", "; ",
             with_thousands(tokens), " subwords (", format_fixed(percent, 2), " % unknown)");
}

}  // namespace regard
