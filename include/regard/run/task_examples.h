#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "regard/data/corpus.h"
#include "regard/data/text_fingerprint.h"
#include "regard/tasks/task.h"

namespace regard {

/// Reads through a file of examples, which `use` sees one by one, and gives what tells it from
/// others. Throws UserError with the place of what is wrong, and for a file without examples.
CorpusFingerprint survey_examples(const Task& task, const std::filesystem::path& file,
                                  const ExampleReading& reading,
                                  const std::function<void(const Example&)>& use);

/// Encodes an example that must have an answer: what is too long to be encoded is cut.
void encode_whole(const Task& task, const TaskParts& parts, Example& example);

/// The label that training had most often; of equals, the first one. Empty = there is none.
std::string most_frequent(const LabelSet& labels);

/// All examples of a file, encoded.
std::vector<Example> read_examples(const Task& task, const TaskParts& parts,
                                   const std::filesystem::path& file,
                                   const ExampleReading& reading);

/// "9,000 of 9,003 examples kept (3 too long); 41,200 subwords (0.02 % unknown)".
std::string examples_text(const CorpusCounts& counts);

}  // namespace regard
