#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "regard/data/batch_maker.h"
#include "regard/data/data_options.h"
#include "regard/data/example.h"
#include "regard/model/encoder_network.h"
#include "regard/tasks/task_spec.h"
#include "regard/text/label_set.h"
#include "regard/text/line_reader.h"
#include "regard/text/tokenizer.h"
#include "regard/train/objective.h"

namespace regard {

/// What a network of a task works with, next to its weights.
struct TaskParts {
  Tokenizer tokenizer;
  BatchIds ids;
  LabelSet labels;  ///< empty where the answers are no labels
  SamplingOptions sampling = {};
};

/// A possible answer to an example.
struct Answer {
  std::string line;
  double probability = 0;  ///< of all of it; 0 where the network gives none
};

/// How a file of examples is read.
struct ExampleReading {
  InvalidUtf8 invalid_utf8 = InvalidUtf8::error;
  bool needs_labels = true;  ///< false: what the labels are does not matter

  LineReaderOptions of_lines() const;
};

/// What is learned by an encoder with a head: how examples are read, what the head computes of
/// them, its loss, and what an answer is. Immutable.
class Task {
 public:
  virtual ~Task() = default;

  /// The examples of a file in the task's own format. Throws UserError with the place of what is
  /// wrong.
  virtual std::unique_ptr<ExampleReader> read(const std::filesystem::path& file,
                                              const ExampleReading& reading) const = 0;
  /// The example of a line that a person would write, without its labels: by itself the line is its
  /// one text. Throws UserError where a line is not enough.
  virtual Example example_of(const Line& line, const SourceSpot& place) const;
  /// Whether examples have labels of a set, which the model must know.
  virtual bool has_labels() const = 0;

  /// Whether answers have a probability.
  virtual bool has_probabilities() const { return true; }
  /// Whether there is a second best answer.
  virtual bool has_ranking() const { return has_probabilities(); }

  /// Fills in source, target and notes. Labels that the set does not have are a UserError, unless
  /// example.labels is empty.
  virtual void encode(Example& example, const TaskParts& parts) const = 0;
  /// Fills in fields, units and target_tokens of a batch whose texts are there. `notes` are those
  /// of its rows.
  virtual void complete(Batch& batch, std::span<const PairLinks> notes, const BatchNumber& number,
                        const TaskParts& parts) const = 0;
  /// What losses are divided by: "examples", "words".
  virtual std::string unit() const = 0;

  virtual std::shared_ptr<HeadImpl> make_head(const HeadSetup& setup,
                                              const TaskParts& parts) const = 0;
  /// Of the scores that the head gave for the batch, which has its fields.
  virtual PassLoss loss(EncoderNetworkImpl& network, const torch::Tensor& scores,
                        const Batch& batch, double label_smoothing) const = 0;
  /// The `count` best answers to each row, best first; at least one.
  virtual std::vector<std::vector<Answer>> answers(EncoderNetworkImpl& network,
                                                   const torch::Tensor& scores, const Batch& batch,
                                                   const TaskParts& parts,
                                                   std::int64_t count) const = 0;
};

/// The task of this name, which has a head. Throws std::logic_error where there is none.
std::unique_ptr<Task> make_task(const std::string& name, const TaskSetup& setup);

}  // namespace regard
