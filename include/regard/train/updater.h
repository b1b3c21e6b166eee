#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "regard/core/profile.h"
#include "regard/tensor/batch.h"
#include "regard/train/checkpoint.h"
#include "regard/train/objective.h"
#include "regard/train/optimizer.h"
#include "regard/train/training_options.h"

namespace regard {

/// What a row of updates added up to. An update whose loss or gradient was not finite counts in
/// `refused` alone.
struct UpdateSums {
  double loss = 0;  ///< smoothed, over the target tokens
  double target_tokens = 0;
  double gradient_norm = 0;           ///< before clipping
  std::int64_t updates = 0;           ///< applied
  std::int64_t refused = 0;           ///< left out
  std::int64_t refused_in_a_row = 0;  ///< up to the last update, also from before this row
  std::int64_t split = 0;             ///< batches that were split because they ran out of memory
  std::int64_t skipped = 0;           ///< updates left out because even parts did not fit
  std::int64_t skipped_in_a_row = 0;  ///< up to the last update, also from before this row
};

/// One optimizer step after the other: forward and backward passes of the micro-batches, clipping,
/// finite check, step, running mean of the weights. The numbers of an update stay on the device
/// until take_sums(), so that a GPU never waits for the CPU in between.
class Updater {
 public:
  /// `objective` must outlive the updater, with its network on `device`. Weights that match
  /// options.freeze get no gradient. Throws UserError for a pattern that matches no weight, and
  /// when nothing is left to train.
  Updater(Objective& objective, const TrainingOptions& options, std::uint64_t seed,
          const torch::Device& device, Profile* profile = nullptr);

  /// Update `number` at the given rate. Losses are divided by the tokens of all micro-batches, so
  /// that splitting a batch changes nothing. When loss or gradient is not finite, nothing changes.
  /// A batch that does not fit into the memory is done in halves, quarters and eighths; when they
  /// do not fit either, nothing changes.
  void run(const std::vector<Batch>& batches, std::int64_t number, double learning_rate);

  /// Forward and backward pass of a batch, of which nothing remains: whether there is memory for
  /// it.
  bool fits(const Batch& batch);
  const torch::Device& device() const { return device_; }
  /// What weights and moments will take in memory that is not in use before the first update.
  std::int64_t untouched_bytes() const;
  /// Called before each pass with its batch; a test lets it throw.
  void on_pass(std::function<void(const Batch&)> call) { on_pass_ = std::move(call); }

  /// The sums since the last call; waits for the device.
  UpdateSums take_sums();

  /// Exchanges the weights and their mean; called in pairs around a validation.
  void swap_mean();

  /// For checkpoints: share memory with the model and the optimizer.
  CheckpointTensors tensors() const;
  /// Takes the optimizer's moments from a checkpoint of another run of the same model, with
  /// init_optimizer: keep. Throws UserError naming file and tensor.
  void take_moments(const std::filesystem::path& checkpoint);
  /// After loading them, at this update.
  void resume_at(std::int64_t update, std::int64_t refused);

  /// Whether products are computed in bfloat16.
  bool is_bfloat16() const { return is_bfloat16_; }

 private:
  /// Which pass of which update this is: its random numbers derive from it.
  struct PassNumber {
    std::int64_t update = 0;
    std::uint64_t micro = 0;
  };
  torch::Tensor pass(const Batch& batch, const PassNumber& number, std::int64_t target_tokens);
  std::vector<at::Tensor> copy_of_state();
  void restore_state(const std::vector<at::Tensor>& copy);
  std::optional<torch::Tensor> accumulate_gradients(const std::vector<Batch>& batches,
                                                    std::int64_t number,
                                                    std::int64_t target_tokens);
  bool shrink(std::vector<Batch>& parts, std::size_t place, std::size_t whole);
  torch::Tensor note(const torch::Tensor& loss, const torch::Tensor& norm,
                     std::int64_t target_tokens);
  void apply_mean(std::int64_t number);

  Objective& objective_;
  TrainingOptions options_;
  std::uint64_t seed_;
  torch::Device device_;
  bool is_bfloat16_;
  NamedTensors parameters_;
  Optimizer optimizer_;
  std::vector<at::Tensor> mean_;  // running mean of the weights; empty without ema
  at::Tensor earlier_steps_;      // [] int64, taken with the moments; saved with keep only
  at::Tensor sums_;               // [6] double on the device, in the order of UpdateSums
  UpdateSums memory_failures_;    // split and skipped batches alone
  std::function<void(const Batch&)> on_pass_;
  Profile* profile_;
};

/// Those of `parameters` that no pattern matches ("encoder.*"; * any text, ? one character).
/// Throws UserError for a pattern without a match, and when nothing is left.
NamedTensors trained_parameters(const NamedTensors& parameters,
                                const std::vector<std::string>& freeze);

}  // namespace regard
