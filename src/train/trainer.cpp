#include "regard/train/trainer.h"

#include <algorithm>
#include <cmath>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/torch.h"
#include "regard/train/schedule.h"

#include "train/log_text.h"

namespace regard {

namespace {

constexpr std::int64_t kRefusedInARow = 10;  // non-finite gradients that end a run
constexpr std::int64_t kSkippedInARow = 3;   // updates without memory that end a run
constexpr double kStatusSeconds = 0.2;

}  // namespace

Trainer::Trainer(const TrainerOptions& options, const TrainerParts& parts)
    : options_(options),
      parts_(parts),
      updater_(parts.objective, options.training, options.seed, options.device, parts.profile),
      splits_(parts.logger, "updates whose batches were split") {
  updater_.on_pass(parts.on_pass);
  state_.threads = at::get_num_threads();
  state_.texts = parts.texts;
  state_.batch_tokens = options.training.batch_tokens.value;
  if (options_.checks_every <= 0) options_.checks_every = options.device.is_cpu() ? 1 : 10;
  if (options.training.precision == Precision::bfloat16 && !updater_.is_bfloat16()) {
    parts_.logger.warning(str("training.precision: ", options.device.str(),
                              " has no bfloat16 arithmetic, so products are computed in float32"));
  }
}

bool Trainer::resume() {
  const std::int64_t threads = state_.threads;
  const auto state = parts_.store.load_newest(updater_.tensors(), parts_.logger);
  if (!state) return false;
  is_resumed_ = true;
  state_ = *state;
  if (state_.threads != threads) {
    parts_.logger.warning(str("the run was trained with ", state_.threads, " threads, now ",
                              threads, ": results will not be bit-exact"));
    state_.threads = threads;
  }
  take_texts();
  take_batch_tokens();
  seconds_before_ = state_.seconds;
  updater_.resume_at(state_.update, state_.refused + state_.skipped);
  return true;
}

/// A place among batches of another size is one at the same share of the epoch.
void Trainer::take_batch_tokens() {
  const std::int64_t now = options_.training.batch_tokens.value;
  if (state_.batch_tokens > 0 && state_.batch_tokens != now && parts_.move_position)
    state_.position = parts_.move_position(state_.position, state_.batch_tokens);
  state_.batch_tokens = now;
}

/// Scores on another validation text cannot be compared with those before: the best is looked for
/// again. The model that was the best stays published until then.
void Trainer::take_texts() {
  const bool is_known = !state_.texts.validation.empty() && !parts_.texts.validation.empty();
  if (is_known && state_.texts.validation != parts_.texts.validation) {
    state_.best.clear();
    state_.stalled = state_.stalled_rate = 0;
  }
  state_.texts = parts_.texts;
}

double Trainer::rate() const {
  return learning_rate(
      options_.training.schedule, state_.update,
      {options_.training.max_updates, parts_.objective.network().options().dim, state_.reductions});
}

void Trainer::update(BatchStream& stream) {
  std::vector<Batch> batches;
  for (std::int64_t i = 0; i < options_.training.accumulate; ++i) {
    const ProfileSpan span(parts_.profile, "waiting for data");
    StreamedBatch streamed = stream.next();
    state_.target_tokens += streamed.batch.target_tokens;
    state_.position = streamed.next;
    batches.push_back(std::move(streamed.batch));
  }
  ++state_.update;
  const ProfileSpan span(parts_.profile, "update");
  updater_.run(batches, state_.update, rate());
  has_unsaved_changes_ = true;
}

/// Reports the effects of running out of memory, and ends a run that has too little.
void Trainer::check_memory(const UpdateSums& sums) {
  if (sums.split > 0) {
    splits_.warn(
        str("update ", state_.update,
            ": out of memory: the batch was split; a lower training.batch_tokens would be faster"));
  }
  if (sums.skipped == 0) return;
  state_.skipped += sums.skipped;
  parts_.logger.warning(str("update ", state_.update,
                            " skipped: out of memory, even with 1/8 of the batch (", state_.skipped,
                            " so far)"));
  if (sums.skipped_in_a_row < kSkippedInARow) return;
  throw RunError(
      str("out of memory in ", sums.skipped_in_a_row, " consecutive updates up to update ",
          state_.update, ", even with 1/8 of the batch"),
      "lower training.batch_tokens, set training.recompute_blocks, or free memory; the last "
      "checkpoint is complete");
}

/// Reads what the device has added up since the last time, and ends a run that diverged.
void Trainer::check_updates() {
  const UpdateSums sums = updater_.take_sums();
  window_.loss += sums.loss;
  window_.target_tokens += sums.target_tokens;
  window_.gradient_norm += sums.gradient_norm;
  window_.updates += sums.updates;
  check_memory(sums);
  if (sums.refused == 0) return;
  state_.refused += sums.refused;
  parts_.logger.warning(str("update ", state_.update,
                            sums.refused == 1 ? "" : str(" and ", sums.refused - 1, " before it"),
                            " skipped: the gradient is not finite"));
  if (sums.refused_in_a_row < kRefusedInARow) return;
  throw RunError(str("training diverged: ", sums.refused_in_a_row,
                     " consecutive gradients were not finite up to update ", state_.update),
                 "lower training.schedule.peak, or lengthen the warm-up");
}

void Trainer::validate(MetricsLog& metrics) {
  parts_.logger.status(str("update ", state_.update, ": validating ..."));
  const ProfileSpan span(parts_.profile, "validation");
  updater_.swap_mean();
  const auto result = parts_.validator->validate(&parts_.stop);
  updater_.swap_mean();
  if (!result) return;  // a signal came: the next session does it
  state_.is_validation_due = false;
  has_unsaved_changes_ = true;
  metrics.add({"valid", state_.update, result->values});
  take_result(*result);
  log_validation(*result);
  metrics.draw();
}

/// Early stopping: enters the deciding metric among the best, or counts a stall. Of equal values
/// the one with the smaller loss is better, so that a score which is 0, or full, for a while does
/// not make the first model the best. A value that is not finite is no best.
void Trainer::take_result(const ValidationResult& result) {
  const std::string& metric = options_.validation.stop.metric;
  const std::string text = split_metric(metric).text;
  const ScoredUpdate scored = {state_.update, result.values.at(metric),
                               result.values.at(text.empty() ? "loss" : text + ".loss")};
  const bool lower = is_lower_better(metric);
  const auto is_better = [&](const ScoredUpdate& a, const ScoredUpdate& b) {
    if (a.value == b.value) return a.loss < b.loss;
    return lower ? a.value < b.value : a.value > b.value;
  };
  auto& best = state_.best;
  const bool is_new_best =
      std::isfinite(scored.value) && (best.empty() || is_better(scored, best.front()));
  state_.stalled = is_new_best ? 0 : state_.stalled + 1;
  state_.stalled_rate = is_new_best ? 0 : state_.stalled_rate + 1;
  lower_rate();
  if (!std::isfinite(scored.value)) return;
  if (state_.update == 0) state_.start = scored.value;
  const auto place = std::find_if(
      best.begin(), best.end(), [&](const ScoredUpdate& item) { return is_better(scored, item); });
  best.insert(place, scored);
  if (static_cast<std::int64_t>(best.size()) > options_.checkpoint.keep_best) best.pop_back();
}

/// Schedule plateau: after enough validations without a new best.
void Trainer::lower_rate() {
  const ScheduleOptions& schedule = options_.training.schedule;
  if (schedule.type != ScheduleType::plateau || state_.stalled_rate < schedule.patience) return;
  ++state_.reductions;
  state_.stalled_rate = 0;
  parts_.logger.info(str("update ", state_.update, "  ", schedule.patience,
                         " validations without a new best: the learning rate is now ",
                         format_shortest(rate())));
}

/// What this validation means for early stopping.
std::string Trainer::verdict() const {
  if (state_.best.empty()) return "";
  if (state_.update == 0) return "  (before training)";
  const ScoredUpdate& best = state_.best.front();
  if (best.update == state_.update) return "  (new best)";
  const std::string when = best.update == 0 ? "before training" : str("at update ", best.update);
  return str("  (best ", format_fixed(best.value, 2), " ", when, ", ", state_.stalled, " since)");
}

/// A line for each text, and one for the mean where that decides.
void Trainer::log_validation(const ValidationResult& result) {
  const auto& texts = parts_.validator->texts();
  const bool has_several = texts.size() > 1;
  std::string deciding = split_metric(options_.validation.stop.metric).text;
  if (deciding.empty()) deciding = texts.front().name;
  std::vector<std::string> names;
  for (const ValidationData& text : texts)
    names.push_back(text.name);
  if (has_several && deciding == "mean") names.push_back(deciding);
  for (const std::string& name : names) {
    const std::string prefix = has_several ? name + "." : "";
    std::string line = str("update ", state_.update, "  validation", has_several ? " of " : "",
                           has_several ? name : "");
    for (const char* value : {"loss", "perplexity"}) {
      line += str("  ", value, " ",
                  format_fixed(result.values.at(prefix + value), value[0] == 'l' ? 3 : 2));
    }
    for (const std::string& metric : options_.validation.metrics)
      line += str("  ", metric, " ", format_fixed(result.values.at(prefix + metric), 2));
    parts_.logger.info(line + (name == deciding ? verdict() : ""));
  }
  if (!has_shown_signatures_) {
    for (const std::string& signature : result.signatures)
      parts_.logger.info("    " + signature);
    has_shown_signatures_ = true;
  }
  log_samples(result);
}

void Trainer::log_samples(const ValidationResult& result) {
  for (std::size_t t = 0; t < result.translations.size(); ++t) {
    const ValidationData& text = parts_.validator->texts()[t];
    const std::vector<std::string>& translations = result.translations[t];
    const auto samples =
        std::min(static_cast<std::size_t>(options_.validation.samples), translations.size());
    for (std::size_t i = 0; i < samples; ++i) {
      const std::size_t line = i * translations.size() / samples;
      parts_.logger.info(str(sample_row(text.line_names[0], text.source_lines[line]), "\n",
                             sample_row(text.line_names[1], translations[line]), "\n",
                             sample_row(text.line_names[2], text.reference_lines[line])));
    }
  }
}

void Trainer::log_training(MetricsLog& metrics) {
  if (window_.updates == 0) return;
  const double loss = window_.loss / window_.target_tokens;
  const double speed = window_.target_tokens / std::max(window_seconds_, 1e-9);
  const double norm = window_.gradient_norm / static_cast<double>(window_.updates);
  const double left = seconds_left();
  parts_.logger.info(str("update ", state_.update, "  epoch ", state_.position.epoch + 1, "  loss ",
                         format_fixed(loss, 3), "  ", with_thousands(std::llround(speed)), " ",
                         last_word(parts_.objective.unit()), "/s  rate ",
                         format_shortest(std::round(rate() * 1e8) / 1e8), "  norm ",
                         format_fixed(norm, 2), "  ", format_duration(state_.seconds),
                         left > 0 ? str(", ", format_duration(left), " left") : ""));
  metrics.add({"train",
               state_.update,
               {{"loss", loss},
                {"tokens_per_second", speed},
                {"learning_rate", rate()},
                {"gradient_norm", norm},
                {"seconds", state_.seconds},
                {"target_tokens", static_cast<double>(state_.target_tokens)}}});
  window_ = UpdateSums{};
  window_seconds_ = 0;
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
  if (limits.max_tokens > 0 && state_.target_tokens > 0) {
    consider(state_.seconds / static_cast<double>(state_.target_tokens) *
             static_cast<double>(limits.max_tokens - state_.target_tokens));
  }
  if (limits.max_minutes > 0) consider(limits.max_minutes * 60.0 - state_.seconds);
  return std::max(left, 0.0);
}

void Trainer::show_status() {
  if (!parts_.logger.shows_status() || window_.updates == 0) return;
  const TrainingOptions& limits = options_.training;
  const double left = seconds_left();
  parts_.logger.status(str("update ", state_.update,
                           limits.max_updates > 0 ? str(" of ", limits.max_updates) : "", "  loss ",
                           format_fixed(window_.loss / window_.target_tokens, 3),
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
  if (limits.max_tokens > 0 && state_.target_tokens >= limits.max_tokens)
    return str(limits.max_tokens, " ", parts_.objective.unit());
  if (limits.max_minutes > 0 && state_.seconds >= limits.max_minutes * 60.0) {
    return str(format_shortest(limits.max_minutes), " minutes");
  }
  if (stop.patience > 0 && state_.stalled >= stop.patience) {
    return str(state_.stalled, " validations without a better ", stop.metric);
  }
  return "";
}

void Trainer::save() {
  check_updates();  // what is refused must be known to be saved
  const ProfileSpan span(parts_.profile, "checkpoint");
  parts_.header.update = state_.update;
  const bool has_links = parts_.store.save(state_, updater_.tensors(), parts_.header);
  if (!has_links && !lacks_links_) {
    parts_.logger.warning(
        "the file system has no symbolic links: checkpoints/last and checkpoints/best are files "
        "with the name of a checkpoint, and can be used in the same way");
  }
  lacks_links_ = !has_links;
  has_unsaved_changes_ = false;
  if (parts_.on_save) parts_.on_save();
}

bool Trainer::is_validation_time() const {
  const ValidationOptions& validation = options_.validation;
  const bool is_at_update = validation.every > 0 && state_.update % validation.every == 0;
  const bool is_at_minute = validation.every_minutes > 0.0 &&
                            state_.seconds - state_.validated_at >= validation.every_minutes * 60.0;
  return is_at_update || is_at_minute || (validation.is_on() && !state_.finished.empty());
}

/// What follows an update; on resume, what a signal left undone.
void Trainer::validate_and_save(MetricsLog& metrics) {
  state_.finished = reason_to_finish();
  if (parts_.validator != nullptr && (is_validation_time() || state_.is_validation_due)) {
    state_.is_validation_due = true;
    if (!parts_.stop.is_requested()) validate(metrics);
    state_.seconds = state_.validated_at = seconds_before_ + watch_.seconds();
    if (state_.finished.empty()) state_.finished = reason_to_finish();
  }
  const bool is_among_best =
      std::any_of(state_.best.begin(), state_.best.end(),
                  [&](const ScoredUpdate& item) { return item.update == state_.update; });
  const bool wants_save = parts_.stop.take_save_request();
  if (is_among_best || wants_save || state_.update % options_.checkpoint.every == 0) save();
}

/// One update and its share of the log. The speed leaves validating and saving out.
void Trainer::step(BatchStream& stream, MetricsLog& metrics) {
  const Stopwatch watch;
  update(stream);
  const bool is_logged = state_.update % options_.training.log_every == 0;
  if (is_logged || state_.update % options_.checks_every == 0) check_updates();
  window_seconds_ += watch.seconds();
  state_.seconds = seconds_before_ + watch_.seconds();
  if (since_status_.seconds() > kStatusSeconds) {
    show_status();
    since_status_ = Stopwatch();
  }
  if (is_logged) log_training(metrics);
}

TrainingResult Trainer::run(MetricsLog& metrics) {
  const auto stream = parts_.open_stream(state_.position);
  TrainingResult result;
  if (options_.validates_start && !is_resumed_ && parts_.validator != nullptr)
    state_.is_validation_due = true;
  state_.finished = reason_to_finish();
  if (state_.is_validation_due && !parts_.stop.is_requested()) validate_and_save(metrics);
  while (state_.finished.empty() && !parts_.stop.is_requested()) {
    step(*stream, metrics);
    validate_and_save(metrics);
  }
  check_updates();
  log_training(metrics);
  metrics.draw();
  result.was_stopped = parts_.stop.is_requested();
  if (result.was_stopped) state_.finished.clear();
  if (has_unsaved_changes_) save();
  parts_.logger.status("");
  result.state = state_;
  return result;
}

}  // namespace regard
