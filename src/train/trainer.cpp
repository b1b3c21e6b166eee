#include "regard/train/trainer.h"

#include <algorithm>
#include <cmath>

#include <torch/torch.h>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/train/loss.h"
#include "regard/train/schedule.h"

namespace regard {

using torch::Tensor;

namespace {

constexpr std::int64_t kRefusedInARow = 10;  // non-finite gradients that end a run
constexpr double kStatusSeconds = 0.2;

}  // namespace

/// Sums between two log lines.
struct Trainer::Window {
  double loss = 0;  // times tokens
  double norm = 0;
  std::int64_t tokens = 0;
  std::int64_t updates = 0;
  double seconds = 0;  // of updates alone: validation and saving do not count as training speed

  void add(const UpdateReport& report, double duration) {
    loss += report.loss * static_cast<double>(report.target_tokens);
    norm += report.gradient_norm;
    tokens += report.target_tokens;
    seconds += duration;
    ++updates;
  }
};

Trainer::Trainer(const TrainerOptions& options, const TrainerParts& parts)
    : options_(options),
      parts_(parts),
      parameters_(named_weights(*parts.model)),
      optimizer_(options.training.optimizer, parameters_) {
  state_.threads = at::get_num_threads();
  if (options.training.ema > 0.0) {
    for (const auto& [name, parameter] : parameters_)
      mean_.push_back(parameter.detach().clone());
  }
}

CheckpointTensors Trainer::tensors() const {
  CheckpointTensors tensors{parameters_, optimizer_.moments()};
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    tensors.weights[i].second = mean_[i];
    tensors.training.emplace_back("weights." + parameters_[i].first, parameters_[i].second);
  }
  return tensors;
}

bool Trainer::resume() {
  const std::int64_t threads = state_.threads;
  const auto state = parts_.store.load_newest(tensors(), parts_.logger);
  if (!state) return false;
  state_ = *state;
  if (state_.threads != threads) {
    parts_.logger.warning(str("the run was computed with ", state_.threads, " threads, now ",
                              threads, ": results will not be bit-exact"));
    state_.threads = threads;
  }
  seconds_before_ = state_.seconds;
  optimizer_.set_num_steps(state_.update);
  return true;
}

/// Forward and backward of every micro-batch. Losses are divided by the tokens of the whole update,
/// so that splitting a batch changes nothing. Returns the smoothed loss per token.
double Trainer::accumulate_gradients(const std::vector<Batch>& batches,
                                     std::int64_t target_tokens) {
  double sum = 0;
  std::uint64_t micro = 0;
  for (const Batch& batch : batches) {
    RandomStream stream(
        derive_seed({options_.seed, /*rank=*/0, static_cast<std::uint64_t>(state_.attempts),
                     micro++, static_cast<std::uint64_t>(RandomUse::dropout)}));
    const ForwardContext context{&stream};
    const TokenStates states = forward_tokens(*parts_.model, batch.to(options_.device), context);
    const Loss loss = smoothed_cross_entropy(states.hidden, parts_.model->output_weight(),
                                             states.targets, options_.training.label_smoothing);
    (loss.smoothed / static_cast<double>(target_tokens)).backward();
    sum += loss.smoothed.item<double>();
  }
  return sum / static_cast<double>(target_tokens);
}

Trainer::UpdateReport Trainer::update(BatchStream& stream) {
  std::vector<Batch> batches;
  UpdateReport report;
  StreamPosition next;
  for (std::int64_t i = 0; i < options_.training.accumulate; ++i) {
    StreamedBatch streamed = stream.next();
    report.target_tokens += streamed.batch.target_tokens;
    next = streamed.next;
    batches.push_back(std::move(streamed.batch));
  }
  optimizer_.zero_gradients();
  report.loss = accumulate_gradients(batches, report.target_tokens);
  report.gradient_norm = optimizer_.gradient_norm().item<double>();
  state_.position = next;
  ++state_.attempts;
  state_.target_tokens += report.target_tokens;
  report.was_applied = std::isfinite(report.gradient_norm) && std::isfinite(report.loss);
  if (!report.was_applied) {
    ++refused_in_a_row_;
    return report;
  }
  refused_in_a_row_ = 0;
  const double limit = options_.training.clip_norm;
  if (limit > 0.0 && report.gradient_norm > limit)
    optimizer_.scale_gradients(limit / report.gradient_norm);
  ++state_.update;
  optimizer_.step(
      learning_rate(options_.training.schedule, state_.update, options_.training.max_updates));
  apply_mean();
  has_unsaved_changes_ = true;
  return report;
}

/// mean += (1 - decay) * (weight - mean), with a smaller decay at the start so that the first
/// weights do not linger.
void Trainer::apply_mean() {
  if (mean_.empty()) return;
  torch::NoGradGuard no_grad;
  const auto updates = static_cast<double>(state_.update);
  const double decay = std::min(options_.training.ema, (1.0 + updates) / (10.0 + updates));
  std::vector<Tensor> weights;
  for (const auto& item : parameters_)
    weights.push_back(item.second.detach());
  at::_foreach_lerp_(mean_, weights, 1.0 - decay);
}

/// Exchanges the weights and their mean; called in pairs around a validation.
void Trainer::swap_mean() {
  torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    const Tensor weight = parameters_[i].second.detach();
    const Tensor copy = weight.clone();
    weight.copy_(mean_[i]);
    mean_[i].copy_(copy);
  }
}

void Trainer::validate(MetricsLog& metrics) {
  parts_.logger.status(str("update ", state_.update, ": validating ..."));
  swap_mean();
  const auto result = parts_.validator->validate(*parts_.model, &parts_.stop);
  swap_mean();
  if (!result) return;  // a signal came: the next session does it
  state_.is_validation_due = false;
  has_unsaved_changes_ = true;
  metrics.add({"valid", state_.update, result->values});
  take_result(*result);
  log_validation(*result);
  metrics.draw();
}

/// Early stopping: enters the deciding metric among the best, or counts a stall. A value that is
/// not finite is no best.
void Trainer::take_result(const ValidationResult& result) {
  const std::string& metric = options_.validation.stop.metric;
  const double value = result.values.at(metric);
  const bool lower = is_lower_better(metric);
  const auto is_better = [&](double a, double b) { return lower ? a < b : a > b; };
  auto& best = state_.best;
  const bool is_new_best =
      std::isfinite(value) && (best.empty() || is_better(value, best.front().value));
  state_.stalled = is_new_best ? 0 : state_.stalled + 1;
  if (!std::isfinite(value)) return;
  const auto place = std::find_if(best.begin(), best.end(), [&](const ScoredUpdate& item) {
    return is_better(value, item.value);
  });
  best.insert(place, {state_.update, value});
  if (static_cast<std::int64_t>(best.size()) > options_.checkpoint.keep_best) best.pop_back();
}

void Trainer::log_validation(const ValidationResult& result) {
  std::string text = str("update ", state_.update, "  validation");
  for (const char* name : {"loss", "perplexity"}) {
    text += str("  ", name, " ", format_fixed(result.values.at(name), name[0] == 'l' ? 3 : 2));
  }
  for (const std::string& name : options_.validation.metrics) {
    text += str("  ", name, " ", format_fixed(result.values.at(name), 2));
  }
  if (!state_.best.empty()) {
    const ScoredUpdate& best = state_.best.front();
    text += best.update == state_.update
                ? "  (new best)"
                : str("  (best ", format_fixed(best.value, 2), " at update ", best.update, ", ",
                      state_.stalled, " since)");
  }
  parts_.logger.info(text);
  const ValidationData& data = parts_.validator->data();
  const auto samples =
      std::min(static_cast<std::size_t>(options_.validation.samples), result.translations.size());
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t line = i * result.translations.size() / samples;
    parts_.logger.info(str("    source       ", data.source_lines[line], "\n    translation  ",
                           result.translations[line], "\n    reference    ",
                           data.reference_lines[line]));
  }
}

void Trainer::log_training(Window& window, MetricsLog& metrics) {
  if (window.updates == 0) return;
  const double loss = window.loss / static_cast<double>(window.tokens);
  const double speed = static_cast<double>(window.tokens) / std::max(window.seconds, 1e-9);
  const double rate =
      learning_rate(options_.training.schedule, state_.update, options_.training.max_updates);
  const double norm = window.norm / static_cast<double>(window.updates);
  const double left = seconds_left();
  parts_.logger.info(str("update ", state_.update, "  epoch ", state_.position.epoch + 1, "  loss ",
                         format_fixed(loss, 3), "  ", with_thousands(std::llround(speed)),
                         " tokens/s  rate ", format_shortest(std::round(rate * 1e8) / 1e8),
                         "  norm ", format_fixed(norm, 2), "  ", format_duration(state_.seconds),
                         left > 0 ? str(", ", format_duration(left), " left") : ""));
  metrics.add({"train",
               state_.update,
               {{"loss", loss},
                {"tokens_per_second", speed},
                {"learning_rate", rate},
                {"gradient_norm", norm},
                {"seconds", state_.seconds},
                {"target_tokens", static_cast<double>(state_.target_tokens)}}});
  window = Window{};
}

/// Seconds until the first limit that can be foreseen; 0 when none can.
double Trainer::seconds_left() const {
  const TrainingOptions& limits = options_.training;
  double left = 0;
  const auto consider = [&](double seconds) {
    left = left > 0 ? std::min(left, seconds) : seconds;
  };
  if (limits.max_updates > 0 && state_.update > 0) {
    consider(state_.seconds / static_cast<double>(state_.update) *
             static_cast<double>(limits.max_updates - state_.update));
  }
  if (limits.max_minutes > 0) consider(limits.max_minutes * 60.0 - state_.seconds);
  return std::max(left, 0.0);
}

void Trainer::show_status(const UpdateReport& report) {
  if (!parts_.logger.shows_status()) return;
  const TrainingOptions& limits = options_.training;
  const double left = seconds_left();
  parts_.logger.status(str("update ", state_.update,
                           limits.max_updates > 0 ? str(" of ", limits.max_updates) : "", "  loss ",
                           format_fixed(report.loss, 3),
                           left > 0 ? str("  ", format_duration(left), " left") : ""));
}

std::string Trainer::reason_to_finish() const {
  const TrainingOptions& limits = options_.training;
  const StopOptions& stop = options_.validation.stop;
  if (state_.is_validation_due && parts_.validator != nullptr) return "";
  if (limits.max_updates > 0 && state_.update >= limits.max_updates)
    return str(limits.max_updates, " updates");
  if (limits.max_epochs > 0 && state_.position.epoch >= limits.max_epochs)
    return str(limits.max_epochs, " epochs");
  if (limits.max_minutes > 0 && state_.seconds >= limits.max_minutes * 60.0) {
    return str(format_shortest(limits.max_minutes), " minutes");
  }
  if (stop.patience > 0 && state_.stalled >= stop.patience) {
    return str(state_.stalled, " validations without a better ", stop.metric);
  }
  return "";
}

void Trainer::save() {
  parts_.header.update = state_.update;
  parts_.store.save(state_, tensors(), parts_.header);
  has_unsaved_changes_ = false;
  if (parts_.on_save) parts_.on_save();
}

/// What follows an update; on resume, what a signal left undone.
void Trainer::validate_and_save(MetricsLog& metrics) {
  state_.finished = reason_to_finish();
  const std::int64_t every = options_.validation.every;
  const bool is_due = every > 0 && (state_.update % every == 0 || !state_.finished.empty());
  if (parts_.validator != nullptr && (is_due || state_.is_validation_due)) {
    state_.is_validation_due = true;
    if (!parts_.stop.is_requested()) validate(metrics);
    state_.seconds = seconds_before_ + watch_.seconds();
    if (state_.finished.empty()) state_.finished = reason_to_finish();
  }
  const bool is_among_best =
      std::any_of(state_.best.begin(), state_.best.end(),
                  [&](const ScoredUpdate& item) { return item.update == state_.update; });
  const bool wants_save = parts_.stop.take_save_request();
  if (is_among_best || wants_save || state_.update % options_.checkpoint.every == 0) save();
}

TrainingResult Trainer::run(MetricsLog& metrics) {
  const auto stream = parts_.open_stream(state_.position);
  Window window;
  Stopwatch since_status;
  TrainingResult result;
  state_.finished = reason_to_finish();
  if (state_.is_validation_due && !parts_.stop.is_requested()) validate_and_save(metrics);
  while (state_.finished.empty() && !parts_.stop.is_requested()) {
    const Stopwatch update_watch;
    const UpdateReport report = update(*stream);
    state_.seconds = seconds_before_ + watch_.seconds();
    if (!report.was_applied) {
      parts_.logger.warning(
          str("update ", state_.update + 1, " left out: the gradient is not finite"));
      if (refused_in_a_row_ < kRefusedInARow) continue;
      throw RunError(str("training diverged: ", kRefusedInARow,
                         " gradients in a row were not finite after update ", state_.update),
                     "lower training.schedule.peak, or lengthen the warm-up");
    }
    window.add(report, update_watch.seconds());
    if (since_status.seconds() > kStatusSeconds) {
      show_status(report);
      since_status = Stopwatch();
    }
    if (state_.update % options_.training.log_every == 0) log_training(window, metrics);
    validate_and_save(metrics);
  }
  log_training(window, metrics);
  metrics.draw();
  result.was_stopped = parts_.stop.is_requested();
  if (result.was_stopped) state_.finished.clear();
  if (has_unsaved_changes_) save();
  parts_.logger.status("");
  result.state = state_;
  return result;
}

}  // namespace regard
