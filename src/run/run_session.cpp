#include "regard/run/run_session.h"

#include <optional>
#include <utility>

#include "regard/config/emitter.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/run_layout.h"
#include "regard/core/strings.h"
#include "regard/engine/parallel.h"
#include "regard/run/init_from.h"
#include "regard/run/memory_setup.h"
#include "regard/run/model_folder.h"
#include "regard/run/named_files.h"
#include "regard/run/profile_report.h"
#include "regard/run/run_texts.h"
#include "regard/run/session_task.h"
#include "regard/run/training_data.h"
#include "regard/run/validation_setup.h"
#include "regard/tensor/device.h"
#include "regard/tensor/torch.h"
#include "regard/train/trainer.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

/// What a run is made of: it depends on the configuration and the data alone.
struct Session {
  Config config;
  TokenizerPair tokenizers;
  Logger* logger;
  TokenRoles roles = {};
  std::shared_ptr<const BatchMaker> batches = nullptr;
  std::shared_ptr<NetworkImpl> network = nullptr;
  std::unique_ptr<Objective> objective = nullptr;

  MemorySubject memory() const { return {*objective, *batches}; }
  SessionBasis basis(const StopFlag& stop) const {
    return {config, tokenizers, roles, *logger, stop};
  }
};

/// Whatever can be found wrong in seconds. Gives what tells the texts from others.
RunTexts check_first(const LoadedConfig& loaded, SessionTask& task, Logger& logger) {
  check_named_files(loaded);
  parse_device(loaded.config.device);
  RunTexts texts = task.check_texts(loaded.config);
  for (const std::string& doubt : loaded.doubts)
    logger.warning(doubt);
  for (const std::string& doubt : task.doubts(loaded.config))
    logger.warning(doubt);
  return texts;
}

/// Corpus and model. `folder` is the run's; empty = there is none.
Session prepare(SessionTask& task, Session session, const fs::path& folder, const RunWatch& watch) {
  Logger& logger = *session.logger;
  const ProfileSpan span(watch.profile, "preparing");
  const Config& config = session.config;
  const torch::Device device = parse_device(config.device);
  session.roles = roles_for(config, session.tokenizers, folder);
  const fs::path cache = folder.empty() ? folder : folder / run_layout::kCache;
  const SessionBasis basis = session.basis(watch.stop);
  session.batches = task.batches(basis, cache);
  check_weights_fit(expand(config.model), session.tokenizers.target.size(), device);
  session.network = task.network(basis);
  session.network->to(device);
  const int threads = at::get_num_threads();
  logger.info(str("model: ", with_thousands(session.network->num_parameters()), " parameters on ",
                  device.str(), ", ", threads, threads == 1 ? " thread" : " threads"));
  for (const std::string& doubt : doubts_about(session.network->options()))
    logger.warning(doubt);
  session.objective = task.objective(basis);
  return session;
}

/// A resumed run keeps its number of threads, and with it its bits, unless --threads says
/// otherwise.
void settle_threads(const std::optional<TrainingState>& state, const ThreadChoice& choice,
                    Logger& logger) {
  if (choice.is_given || !state || state->threads <= 0 || state->threads == choice.count) return;
  if (choice.count == 1) let_waiting_threads_sleep();
  set_compute_threads(state->threads);
  logger.info(str("threads: ", state->threads,
                  " as before, for identical results (this machine has ", choice.count, " by ",
                  choice.reason, "; to use those: --threads ", choice.count, ")"));
}

/// A run that has checkpoints continues with its own vocabulary.
TokenizerPair tokenizers_for(const RunFolder& folder, bool has_checkpoints, SessionTask& task,
                             const Config& config, Logger& logger) {
  const bool has_own = has_checkpoints || has_tokenizers(folder.path());
  if (!folder.is_resumed() || !has_own) return task.make_tokenizers(config, logger);
  task.resume_from(folder.path());
  return load_tokenizers(folder.path());
}

/// The best validation; of a run that began with given weights also what they were worth.
std::string best_text(const TrainingState& state, const std::string& metric) {
  const ScoredUpdate& best = state.best.front();
  const std::string value = format_fixed(best.value, 2);
  if (best.update == 0) {
    return str("no validation was better than the initial model: ", metric, " ", value,
               " on the validation text before training; the model is that of training.init_from");
  }
  return str("best ", metric, " on the validation text: ", value, " at update ", best.update,
             state.start ? "; before: " + format_fixed(*state.start, 2) : "");
}

void report_end(const TrainingState& state, const SessionTask& task, const Session& session,
                const fs::path& folder, Logger& logger) {
  const std::string unit = session.objective->unit();
  logger.info(str("finished after ", state.finished, ": ", with_thousands(state.update),
                  " updates, ", with_thousands(state.target_tokens), " ", unit, ", ",
                  format_duration(state.seconds), ", ", peak_resident_bytes() / 1048576,
                  " MiB at most"));
  if (!state.best.empty()) logger.info(best_text(state, session.config.validation.stop.metric));
  logger.info(str("model   ", folder.string(), "\nlog     ", (folder / run_layout::kLog).string(),
                  "\ncurves  ", (folder / run_layout::kCurves).string()));
  logger.info(task.next_step(folder));
}

/// What the folder of a run holds besides checkpoints.
void write_run(const SessionTask& task, const Session& session, const fs::path& folder) {
  write_file_atomically(folder / run_layout::kConfig, config_text(session.config));
  save_tokenizers(session.tokenizers, folder);
  task.write(folder);
}

/// Resumes a trainer, or gives it its start. Whether it was resumed; nothing when there is nothing
/// left to do.
std::optional<bool> begin(Trainer& trainer, const Config& config, const fs::path& folder,
                          Logger& logger) {
  if (!trainer.resume()) {
    if (config.training.init_optimizer == InitOptimizer::keep)
      trainer.take_moments(init_checkpoint(config.training));
    return false;
  }
  logger.info(str("resuming ", folder.string(), " after update ", trainer.state().update));
  const std::string reason = trainer.reason_to_finish();
  if (reason.empty()) return true;
  logger.info(str("nothing to do: the run has reached ", reason));
  return std::nullopt;
}

/// The updates of a prepared run; false when it was stopped.
bool train(SessionTask& task, const Session& session, const RunTexts& texts, RunFolder& folder,
           const RunWatch& watch) {
  Logger& logger = *session.logger;
  const Config& config = session.config;
  const TokenizerPair& tokenizers = session.tokenizers;
  const auto validator = task.validator(session.basis(watch.stop), *session.objective);
  const CheckpointStore store(folder.path(), config.checkpoint);
  if (store.updates().empty())
    apply_init_from({config, tokenizers, task.labels()}, *session.network, logger);
  const WeightsHeader header{session.roles,
                             tokenizers.source.fingerprint(),
                             tokenizers.target.fingerprint(),
                             task.labels(),
                             0,
                             config::to_yaml(config.model)};
  store.check_vocabularies(header, tokenizers.target.size());
  TrainerOptions options{config.training, config.validation, config.checkpoint,
                         static_cast<std::uint64_t>(config.seed), session.network->device()};
  // An encoder alone translates nothing yet.
  options.validates_start =
      !config.training.init_from.empty() && config.training.init_scope == InitScope::model;
  const TrainerParts parts{*session.objective,
                           [&](StreamPosition start) {
                             return std::make_unique<BatchStream>(
                                 session.batches, stream_options(config, watch.profile), start);
                           },
                           validator.get(),
                           store,
                           header,
                           logger,
                           watch.stop,
                           [&] { folder.forget_old_run(); },
                           watch.profile,
                           {},
                           texts,
                           [&](StreamPosition position, std::int64_t batch_tokens) {
                             return same_share(session.batches->corpus(),
                                               stream_options(config, nullptr), position,
                                               batch_tokens);
                           }};
  Trainer trainer(options, parts);
  const std::optional<bool> is_resumed = begin(trainer, config, folder.path(), logger);
  if (!is_resumed) return true;
  write_run(task, session, folder.path());
  folder.keep();
  MetricsLog metrics(folder.path(), *is_resumed ? trainer.state().update : kNewRun,
                     deciding_metric(config));
  if (watch.on_stage) watch.on_stage("stopping after this update");
  const TrainingResult result = trainer.run(metrics);
  if (result.was_stopped) {
    logger.info(str("stopped by ", signal_name(watch.stop.signal_number()), " after update ",
                    result.state.update, "; run the same command again to resume"));
    return false;
  }
  report_end(result.state, task, session, folder.path(), logger);
  return true;
}

}  // namespace

bool run_training(LoadedConfig loaded, const RunStart& start, const RunWatch& watch) {
  Config& config = loaded.config;
  const std::unique_ptr<SessionTask> task = make_session_task(config);
  const RunTexts texts = check_first(loaded, *task, watch.console);
  const ResumePolicy policy = start.overwrites ? ResumePolicy::never : start.resume;
  if (policy != ResumePolicy::never) take_batch_tokens_of_run(config);
  RunFolder folder(config, policy, start.overwrites, watch.console);
  LoggerOptions logging;
  logging.file = folder.path() / run_layout::kLog;
  const auto logger = make_logger(logging);
  if (watch.on_stage) watch.on_stage("stopping before the first update");
  const CheckpointStore store(folder.path(), config.checkpoint);
  const auto earlier = store.newest_state();
  if (earlier) check_texts_of_run(earlier->texts, texts, config, *logger);
  settle_threads(earlier, start.threads, *logger);
  const bool has_checkpoints = !store.updates().empty();
  std::optional<Session> session;
  TokenizerPair tokenizers = tokenizers_for(folder, has_checkpoints, *task, config, *logger);
  try {
    session = prepare(*task, {config, std::move(tokenizers), logger.get()}, folder.path(), watch);
    settle_batch_tokens(session->memory(), session->config, *logger, watch.profile);
    // A run that continues, or is done, has tried it before.
    if (!has_checkpoints)
      try_largest_batch(session->memory(), session->config, *logger, watch.profile);
  } catch (const RunError&) {
    if (!watch.stop.is_requested()) throw;
    logger->info(
        str("stopped by ", signal_name(watch.stop.signal_number()), " before the first update"));
    return false;  // it gave up
  }
  if (!train(*task, *session, texts, folder, watch)) return false;
  if (watch.profile != nullptr)
    report_profile(*watch.profile, folder.path() / run_layout::kProfile, *logger);
  return true;
}

void rehearse_training(LoadedConfig loaded, const RunWatch& watch) {
  Logger& logger = watch.console;
  const Config& config = loaded.config;
  const std::unique_ptr<SessionTask> task = make_session_task(config);
  check_first(loaded, *task, logger);
  Session session =
      prepare(*task, {config, task->make_tokenizers(config, logger), &logger}, {}, watch);
  apply_init_from({session.config, session.tokenizers, task->labels()}, *session.network, logger);
  settle_batch_tokens(session.memory(), session.config, logger, watch.profile);
  try_largest_batch(session.memory(), session.config, logger, watch.profile);
  logger.info(batches_text(session.batches->corpus(), stream_options(session.config, nullptr)));
  logger.info("dry run: nothing was written");
  if (watch.profile != nullptr) report_profile(*watch.profile, {}, logger);
}

}  // namespace regard
