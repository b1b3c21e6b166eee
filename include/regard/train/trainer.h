#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "regard/core/clock.h"
#include "regard/core/logger.h"
#include "regard/core/profile.h"
#include "regard/core/stop_flag.h"
#include "regard/data/batch_stream.h"
#include "regard/model/weights.h"
#include "regard/train/checkpoint.h"
#include "regard/train/metrics_log.h"
#include "regard/train/objective.h"
#include "regard/train/training_options.h"
#include "regard/train/training_state.h"
#include "regard/train/updater.h"
#include "regard/train/validator.h"

namespace regard {

struct TrainerOptions {
  TrainingOptions training;
  ValidationOptions validation;
  CheckpointOptions checkpoint;
  std::uint64_t seed = 1;
  torch::Device device = torch::kCPU;
  /// Updates between two looks at what the device has computed; 0 = 1 on a CPU, 10 on a GPU,
  /// which would wait for each look.
  std::int64_t checks_every = 0;
  /// Validate a new run before update 1: what the weights that it was given are worth. As long as
  /// nothing is better, they are the best model.
  bool validates_start = false;
};

/// What a trainer works with. Everything outlives it.
struct TrainerParts {
  Objective& objective;
  std::function<std::unique_ptr<BatchStream>(StreamPosition)> open_stream;
  const Validator* validator = nullptr;  ///< null: no validation
  const CheckpointStore& store;
  WeightsHeader header;  ///< written with the weights
  Logger& logger;
  StopFlag& stop;
  std::function<void()> on_save = {};              ///< called after each checkpoint; may be empty
  Profile* profile = nullptr;                      ///< null: times are not taken
  std::function<void(const Batch&)> on_pass = {};  ///< see Updater::on_pass()
  RunTexts texts = {};                             ///< written with the state
  /// Where a position among batches of that many tokens lies among those of the stream; may be
  /// empty where both are always the same.
  std::function<StreamPosition(StreamPosition, std::int64_t)> move_position = {};
};

/// How a run came to its end.
struct TrainingResult {
  TrainingState state;
  bool was_stopped = false;  ///< by a signal, after a save
};

/// Runs updates until a limit, early stopping or a signal.
class Trainer {
 public:
  Trainer(const TrainerOptions& options, const TrainerParts& parts);

  /// Restores the newest checkpoint of the store, if there is one; true when it did.
  bool resume();
  /// Starts with the moments of another run's checkpoint, see Updater::take_moments().
  void take_moments(const std::filesystem::path& checkpoint) { updater_.take_moments(checkpoint); }
  const TrainingState& state() const { return state_; }

  /// Why there is nothing (more) to do, such as "20000 updates"; empty = there is.
  std::string reason_to_finish() const;

  /// `metrics` must have been cut back to state().update. Throws RunError after ten non-finite
  /// gradients in a row, and after three updates in a row for which there was no memory.
  TrainingResult run(MetricsLog& metrics);

 private:
  void take_texts();
  void take_batch_tokens();
  void step(BatchStream& stream, MetricsLog& metrics);
  void update(BatchStream& stream);
  void check_updates();
  void check_memory(const UpdateSums& sums);
  double rate() const;
  bool is_validation_time() const;
  void validate_and_save(MetricsLog& metrics);
  void validate(MetricsLog& metrics);
  void take_result(const ValidationResult& result);
  void lower_rate();
  void log_validation(const ValidationResult& result);
  void log_samples(const ValidationResult& result);
  std::string verdict() const;
  void log_training(MetricsLog& metrics);
  void show_status();
  double seconds_left() const;
  void save();

  TrainerOptions options_;
  TrainerParts parts_;
  Updater updater_;
  TrainingState state_;
  UpdateSums window_;          // since the last log line
  double window_seconds_ = 0;  // of updates alone
  double seconds_before_ = 0;  // of earlier sessions
  Stopwatch watch_;
  Stopwatch since_status_;
  LimitedWarnings splits_;
  bool has_unsaved_changes_ = false;
  bool lacks_links_ = false;  // said already
  bool is_resumed_ = false;
  bool has_shown_signatures_ = false;
};

}  // namespace regard
