#include "regard/train/updater.h"

#include <algorithm>
#include <fnmatch.h>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/tensor/device.h"
#include "regard/tensor/precision.h"
#include "regard/tensor/torch.h"

namespace regard {

using torch::Tensor;

namespace {

bool wants_bfloat16(Precision precision, const torch::Device& device) {
  if (precision == Precision::float32 || !supports_bfloat16(device)) return false;
  return precision == Precision::bfloat16 || device.is_cuda();
}

std::string some_names(const NamedTensors& parameters) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, parameters.size()); ++i)
    names.push_back(parameters[i].first);
  return join(names, ", ");
}

/// Whether `work` found the memory it needed.
template <class Work>
bool finds_memory(const Work& work) {
  try {
    work();
    return true;
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
  }
  return false;  // outside of the handler: what the exception held is free
}

}  // namespace

NamedTensors trained_parameters(const NamedTensors& parameters,
                                const std::vector<std::string>& freeze) {
  std::vector<bool> is_frozen(parameters.size(), false);
  for (const std::string& pattern : freeze) {
    bool has_match = false;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (fnmatch(pattern.c_str(), parameters[i].first.c_str(), 0) != 0) continue;
      is_frozen[i] = has_match = true;
    }
    if (!has_match) {
      throw UserError(str("training.freeze: '", escape_for_message(pattern), "' matches no weight"),
                      str("use names and patterns such as encoder.*; some weights are ",
                          some_names(parameters)));
    }
  }
  NamedTensors trained;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!is_frozen[i]) trained.push_back(parameters[i]);
  }
  if (trained.empty()) {
    throw UserError("training.freeze: all weights are frozen", "leave some unfrozen");
  }
  return trained;
}

Updater::Updater(Objective& objective, const TrainingOptions& options, std::uint64_t seed,
                 const torch::Device& device, Profile* profile)
    : objective_(objective),
      options_(options),
      seed_(seed),
      device_(device),
      is_bfloat16_(wants_bfloat16(options.precision, device)),
      parameters_(named_weights(objective.network())),
      optimizer_(options.optimizer, trained_parameters(parameters_, options.freeze)),
      earlier_steps_(at::zeros({}, at::TensorOptions().dtype(at::kLong))),
      sums_(at::zeros({6}, at::TensorOptions(device).dtype(at::kDouble))),
      profile_(profile) {
  for (const auto& item : parameters_)
    item.second.set_requires_grad(false);
  for (const auto& item : trained_parameters(parameters_, options.freeze))
    item.second.set_requires_grad(true);
  if (options.ema > 0.0) {
    for (const auto& item : parameters_)
      mean_.push_back(item.second.detach().clone());
  }
}

/// Adds the gradients of a micro-batch; gives the loss that is shown.
Tensor Updater::pass(const Batch& batch, const PassNumber& number, std::int64_t target_tokens) {
  if (on_pass_) on_pass_(batch);
  RandomStream stream(derive_seed({seed_, /*rank=*/0, static_cast<std::uint64_t>(number.update - 1),
                                   number.micro, static_cast<std::uint64_t>(RandomUse::dropout)}));
  PassLoss loss;
  {
    const ProfileSpan span(profile_, "forward");
    const AutocastScope autocast(device_, is_bfloat16_);
    loss = objective_.loss(batch.to(device_), {&stream, profile_, options_.recompute_blocks});
  }
  const ProfileSpan span(profile_, "backward");
  (loss.total / static_cast<double>(target_tokens)).backward();
  return loss.shown.detach();
}

/// What a pass that is repeated must not change twice.
std::vector<Tensor> Updater::copy_of_state() {
  std::vector<Tensor> copy;
  for (const auto& item : objective_.state())
    copy.push_back(item.second.clone());
  return copy;
}

void Updater::restore_state(const std::vector<Tensor>& copy) {
  const NamedTensors state = objective_.state();
  for (std::size_t i = 0; i < copy.size(); ++i)
    state[i].second.copy_(copy[i]);
}

/// Halves the batch at `place`, unless that was done often enough or it is one sentence. `whole` is
/// how many rows a batch had that was not split.
bool Updater::shrink(std::vector<Batch>& parts, std::size_t place, std::size_t whole) {
  constexpr std::size_t kMostParts = 8;
  const auto rows = static_cast<std::size_t>(parts[place].rows());
  if (rows < 2 || rows * kMostParts <= whole) return false;
  auto [first, second] = parts[place].halves();
  parts[place] = std::move(first);
  parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(place) + 1, std::move(second));
  ++memory_failures_.split;
  return true;
}

/// Forward and backward of every micro-batch, in parts where the memory does not suffice. Returns
/// the smoothed loss, summed over the tokens; nothing when parts do not fit either.
std::optional<Tensor> Updater::accumulate_gradients(const std::vector<Batch>& batches,
                                                    std::int64_t number,
                                                    std::int64_t target_tokens) {
  std::vector<Batch> parts = batches;
  std::size_t whole = 0;
  for (const Batch& batch : batches)
    whole = std::max(whole, static_cast<std::size_t>(batch.rows()));
  const std::vector<Tensor> state = copy_of_state();
  optimizer_.zero_gradients();
  while (true) {
    Tensor sum = at::zeros({}, sums_.options());
    std::size_t done = 0;
    const bool fits = finds_memory([&] {
      for (; done < parts.size(); ++done)
        sum += pass(parts[done], {number, done}, target_tokens);
    });
    if (fits) return sum;
    restore_state(state);
    optimizer_.zero_gradients();
    release_memory(device_);
    if (!shrink(parts, done, whole)) return std::nullopt;
  }
}

bool Updater::fits(const Batch& batch) {
  const std::vector<Tensor> state = copy_of_state();
  const bool has_memory = finds_memory([&] { pass(batch, {1, 0}, batch.target_tokens); });
  restore_state(state);
  optimizer_.zero_gradients();
  if (!has_memory) release_memory(device_);
  return has_memory;
}

std::int64_t Updater::untouched_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& [name, moment] : optimizer_.moments())
    bytes += static_cast<std::int64_t>(moment.nbytes());
  return bytes;
}

/// Adds an update to the sums; gives 1 where it must be left out, else 0, as float32 [].
Tensor Updater::note(const Tensor& loss, const Tensor& norm, std::int64_t target_tokens) {
  const Tensor is_finite = at::isfinite(loss).logical_and(at::isfinite(norm));
  const Tensor tokens = at::full({}, static_cast<double>(target_tokens), sums_.options());
  const Tensor one = at::ones({}, sums_.options());
  const Tensor added = at::stack({loss, tokens, norm.to(at::kDouble), one});
  sums_.narrow(0, 0, 4).add_(at::where(is_finite, added, at::zeros_like(added)));
  const Tensor is_refused = is_finite.logical_not().to(at::kDouble);
  sums_.narrow(0, 4, 2).add_(is_refused);
  sums_[5].mul_(is_refused);  // a good update ends the row
  return is_refused.to(at::kFloat);
}

void Updater::run(const std::vector<Batch>& batches, std::int64_t number, double learning_rate) {
  std::int64_t target_tokens = 0;
  for (const Batch& batch : batches)
    target_tokens += batch.target_tokens;
  const std::optional<Tensor> passed = accumulate_gradients(batches, number, target_tokens);
  if (!passed) {
    ++memory_failures_.skipped;
    ++memory_failures_.skipped_in_a_row;
    return;
  }
  memory_failures_.skipped_in_a_row = 0;
  const Tensor& loss = *passed;
  const ProfileSpan span(profile_, "optimizer");
  torch::NoGradGuard no_grad;
  const Tensor norm = optimizer_.gradient_norm();
  StepControl control;
  control.refused = note(loss, norm, target_tokens);
  if (options_.clip_norm > 0.0)
    control.divisor = (norm / options_.clip_norm).clamp_min(1.0).to(at::kFloat);
  optimizer_.step(learning_rate, control);
  apply_mean(number);
}

/// mean += (1 - decay) * (weight - mean), with a smaller decay at the start so that the first
/// weights do not linger.
void Updater::apply_mean(std::int64_t number) {
  if (mean_.empty()) return;
  const auto updates = static_cast<double>(number);
  const double decay = std::min(options_.ema, (1.0 + updates) / (10.0 + updates));
  std::vector<Tensor> weights;
  for (const auto& item : parameters_)
    weights.push_back(item.second.detach());
  at::_foreach_lerp_(mean_, weights, 1.0 - decay);
}

UpdateSums Updater::take_sums() {
  const Tensor local = sums_.to(at::kCPU);
  const auto* value = local.const_data_ptr<double>();
  const UpdateSums sums{value[0],
                        value[1],
                        value[2],
                        static_cast<std::int64_t>(value[3]),
                        static_cast<std::int64_t>(value[4]),
                        static_cast<std::int64_t>(value[5]),
                        std::exchange(memory_failures_.split, 0),
                        std::exchange(memory_failures_.skipped, 0),
                        memory_failures_.skipped_in_a_row};
  // The copy may be the tensor itself, so it is read before this.
  sums_.narrow(0, 0, 5).zero_();
  return sums;
}

void Updater::swap_mean() {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    const Tensor weight = parameters_[i].second.detach();
    const Tensor copy = weight.clone();
    weight.copy_(mean_[i]);
    mean_[i].copy_(copy);
  }
}

CheckpointTensors Updater::tensors() const {
  CheckpointTensors tensors{parameters_, optimizer_.moments()};
  for (const auto& item : objective_.state())
    tensors.training.push_back(item);
  if (options_.init_optimizer == InitOptimizer::keep)
    tensors.training.emplace_back("earlier_steps", earlier_steps_);
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    tensors.weights[i].second = mean_[i];
    tensors.training.emplace_back("weights." + parameters_[i].first, parameters_[i].second);
  }
  return tensors;
}

void Updater::take_moments(const std::filesystem::path& checkpoint) {
  torch::NoGradGuard no_grad;
  const std::filesystem::path path = checkpoint / run_layout::kTrainingTensors;
  const SafetensorsFile file = SafetensorsFile::open(path);
  for (const auto& [name, moment] : optimizer_.moments()) {
    const Tensor taken = tensor_from(file, name);
    if (taken.sizes() != moment.sizes() || taken.scalar_type() != moment.scalar_type()) {
      throw UserError(SourceSpot{path.string()},
                      str("tensor '", name, "' has a different shape or type"),
                      "use training.init_optimizer: fresh");
    }
    moment.copy_(taken);
  }
  const std::filesystem::path place = checkpoint / run_layout::kState;
  const TrainingState state = training_state_from_json(read_file(place, 1 << 20), place);
  earlier_steps_.fill_(state.update - state.refused - state.skipped);
  if (file.contains("earlier_steps")) earlier_steps_.add_(tensor_from(file, "earlier_steps"));
  resume_at(0, 0);
}

void Updater::resume_at(std::int64_t update, std::int64_t refused) {
  optimizer_.set_num_steps(earlier_steps_.item<std::int64_t>() + update - refused);
}

}  // namespace regard
