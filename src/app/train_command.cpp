#include <cmath>
#include <optional>

#include "regard/config/emitter.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/decode/translator.h"
#include "regard/tensor/device.h"
#include "regard/tensor/parallel.h"
#include "regard/tensor/torch.h"
#include "regard/train/trainer.h"

#include "command.h"
#include "init_from.h"
#include "memory_setup.h"
#include "model_folder.h"
#include "named_files.h"
#include "profile_report.h"
#include "run_folder.h"
#include "run_texts.h"
#include "signals.h"
#include "suggested_command.h"
#include "text_input.h"
#include "validation_setup.h"
#include "vocabulary_setup.h"

namespace regard {
namespace {

namespace fs = std::filesystem;

struct TrainArguments {
  std::string config;
  std::vector<std::string> assignments;
  std::optional<std::string> output;
  std::string resume = "auto";
  bool overwrites = false;
  bool is_dry_run = false;
  bool is_profiled = false;
};

/// Everything of a run that depends on the configuration and the data alone.
struct Setup {
  Config config;
  torch::Device device = torch::kCPU;
  TokenizerPair tokenizers;
  TokenRoles roles;
  Corpus corpus;
  Seq2Seq model;
  RunTexts texts = {};
};

/// Small weights may leave nothing of small corpora.
void check_epoch(const Corpus& corpus) {
  double pairs = 0;
  for (const WeightedRange& range : corpus.ranges())
    pairs += range.weight * static_cast<double>(range.end - range.begin);
  if (pairs >= 1.0) return;
  throw UserError(
      str("data.train: the weights leave ", format_shortest(pairs), " pairs for an epoch"),
      "raise data.train[0].weight");
}

Corpus load_training(const Config& config, const TokenizerPair& tokenizers, const fs::path& cache,
                     Logger& logger, const StopFlag& stop) {
  CorpusLoading loading = training_loading(config.data);
  loading.keep_text = config.vocabulary.sampling.alpha > 0.0;
  loading.cache_folder = cache;
  loading.stop = &stop;
  loading.on_progress = [&](std::int64_t pairs) {
    logger.status(str("reading: ", with_thousands(pairs), " pairs"));
  };
  std::vector<CorpusFiles> files = training_files(config.data);
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (!uses_links(config, config.data.train[i])) files[i].alignments.clear();
  }
  Corpus corpus = Corpus::load(files, tokenizers.source, tokenizers.target, loading);
  logger.status("");
  logger.info(str("training data: ", to_string(corpus.report().total)));
  check_epoch(corpus);
  return corpus;
}

/// What watches over the preparation.
struct Watch {
  Logger& logger;
  const StopFlag& stop;
  Profile* profile = nullptr;
};

Setup prepare(const Config& config, TokenizerPair tokenizers, const fs::path& cache,
              const Watch& watch) {
  const ProfileSpan span(watch.profile, "preparing");
  Logger& logger = watch.logger;
  const torch::Device device = parse_device(config.device);
  TokenRoles roles = roles_for(config, tokenizers, cache.parent_path());
  Corpus corpus = load_training(config, tokenizers, cache, logger, watch.stop);
  check_weights_fit(expand(config.model), tokenizers.target.size(), device);
  Seq2Seq model = make_model(config.model, tokenizers.source.size(), tokenizers.target.size(),
                             static_cast<std::uint64_t>(config.seed));
  model->to(device);
  logger.info(str("model: ", with_thousands(model->num_parameters()), " parameters on ",
                  device.str(), ", ", at::get_num_threads(),
                  at::get_num_threads() == 1 ? " thread" : " threads"));
  for (const std::string& doubt : doubts_about(model->options()))
    logger.warning(doubt);
  return {config,          device, std::move(tokenizers), std::move(roles), std::move(corpus),
          std::move(model)};
}

MemorySubject memory_subject(const Setup& setup) {
  return {setup.model, setup.corpus, setup.roles.batch_ids(), setup.device};
}

TranslatorOptions validation_decoding(const Config& config) {
  TranslatorOptions options;
  options.decoding = config.decoding;
  options.decoding.beam_size = config.validation.beam_size;
  limit_lengths(options, config.model);
  return options;
}

BatchStreamOptions stream_options(const Setup& setup, Profile* profile = nullptr) {
  BatchStreamOptions options;
  options.plan = {setup.config.training.batch_tokens, setup.config.data.pool_batches,
                  setup.config.data.shuffle};
  options.ids = setup.roles.batch_ids();
  options.seed = static_cast<std::uint64_t>(setup.config.seed);
  options.sampling = setup.config.vocabulary.sampling;
  options.profile = profile;
  return options;
}

/// The place among the batches of this configuration at the same share of the epoch as `place` has
/// among batches of another size.
StreamPosition same_share(const Setup& setup, StreamPosition place, std::int64_t batch_tokens) {
  const BatchStreamOptions options = stream_options(setup);
  const auto batches = [&](std::int64_t tokens) {
    PlanOptions plan = options.plan;
    plan.batch_tokens = tokens;
    return plan_epoch(setup.corpus.lengths(), setup.corpus.ranges(), plan, options.seed,
                      place.epoch)
        .size();
  };
  const double share = static_cast<double>(place.batch) /
                       static_cast<double>(std::max<std::int64_t>(1, batches(batch_tokens)));
  place.batch = std::llround(share * static_cast<double>(batches(options.plan.batch_tokens)));
  return place;
}

void report_dry_run(const Setup& setup, Logger& logger) {
  const BatchStreamOptions options = stream_options(setup);
  const BatchPlan plan =
      plan_epoch(setup.corpus.lengths(), setup.corpus.ranges(), options.plan, options.seed, 0);
  logger.info(str("batches: ", with_thousands(plan.size()), " of at most ",
                  with_thousands(options.plan.batch_tokens), " subwords an epoch, ",
                  format_fixed(100.0 * padding_share(plan, setup.corpus.lengths()), 1),
                  " % padding"));
  logger.info("dry run: nothing was written");
}

/// The best validation; of a run that began with given weights also what they were worth.
std::string best_text(const TrainingState& state, const std::string& metric) {
  const ScoredUpdate& best = state.best.front();
  const std::string value = format_fixed(best.value, 2);
  if (best.update == 0) {
    return str("no validation was better than the start: ", metric, " ", value,
               " on the validation text before training; the model is that of "
               "training.init_from");
  }
  return str("best ", metric, " on the validation text: ", value, " at update ", best.update,
             state.start ? "; before: " + format_fixed(*state.start, 2) : "");
}

void report_result(const TrainingResult& result, const Setup& setup, const fs::path& folder,
                   Logger& logger) {
  const TrainingState& state = result.state;
  logger.info(str("finished after ", state.finished, ": ", with_thousands(state.update),
                  " updates, ", with_thousands(state.target_tokens), " target tokens, ",
                  format_duration(state.seconds), ", ", peak_resident_bytes() / 1048576,
                  " MiB at most"));
  if (!state.best.empty()) logger.info(best_text(state, setup.config.validation.stop.metric));
  logger.info(str("model   ", folder.string(), "\nlog     ", (folder / kLogName).string(),
                  "\ncurves  ", (folder / "curves.svg").string()));
  logger.info("translate with:  " + translate_command(folder));
}

int train(const Setup& setup, RunFolder& folder, Logger& logger, StopFlag& stop, Profile* profile) {
  const Config& config = setup.config;
  Translator translator(setup.tokenizers.source, setup.tokenizers.target, setup.roles,
                        validation_decoding(config));
  const auto validator =
      make_validator(config, setup.tokenizers, setup.roles.batch_ids(), translator, logger);
  const CheckpointStore store(folder.path(), config.checkpoint);
  if (store.updates().empty()) apply_init_from(setup.config, setup.tokenizers, setup.model, logger);
  const WeightsHeader header{setup.roles, setup.tokenizers.source.fingerprint(),
                             setup.tokenizers.target.fingerprint(), 0,
                             config::to_yaml(config.model)};
  store.check_vocabularies(header, setup.tokenizers.target.size());
  TrainerOptions options{config.training, config.validation, config.checkpoint,
                         static_cast<std::uint64_t>(config.seed), setup.device};
  // An encoder alone translates nothing yet.
  options.validates_start =
      !config.training.init_from.empty() && config.training.init_scope == InitScope::model;
  const TrainerParts parts{setup.model,
                           [&](StreamPosition start) {
                             return std::make_unique<BatchStream>(
                                 setup.corpus, setup.tokenizers.source, setup.tokenizers.target,
                                 stream_options(setup, profile), start);
                           },
                           validator.get(),
                           store,
                           header,
                           logger,
                           stop,
                           [&] { folder.forget_old_run(); },
                           profile,
                           {},
                           setup.texts,
                           [&](StreamPosition place, std::int64_t batch_tokens) {
                             return same_share(setup, place, batch_tokens);
                           }};
  Trainer trainer(options, parts);
  const bool is_resumed = trainer.resume();
  if (is_resumed) {
    logger.info(str("resuming ", folder.path().string(), " after update ", trainer.state().update));
    const std::string reason = trainer.reason_to_finish();
    if (!reason.empty()) {
      logger.info(str("nothing to do: the run has reached ", reason));
      return 0;
    }
  }
  if (!is_resumed && config.training.init_optimizer == InitOptimizer::keep)
    trainer.take_moments(init_checkpoint(config.training));
  write_file_atomically(folder.path() / "config.yaml", config_text(config));
  save_tokenizers(setup.tokenizers, folder.path());
  folder.keep();
  MetricsLog metrics(folder.path(), is_resumed ? trainer.state().update : kNewRun,
                     deciding_metric(config));
  announce_stop("stopping after this update");
  const TrainingResult result = trainer.run(metrics);
  if (result.was_stopped) {
    logger.info(str("stopped by ", signal_name(stop.signal_number()), " after update ",
                    result.state.update, "; the same command goes on from there"));
    return 128 + stop.signal_number();
  }
  report_result(result, setup, folder.path(), logger);
  return 0;
}

/// A resumed run keeps its number of threads, and with it its bits, unless --threads says
/// otherwise.
void settle_threads(const std::optional<TrainingState>& state, const ThreadChoice& choice,
                    Logger& logger) {
  if (choice.is_given || !state || state->threads <= 0 || state->threads == choice.count) return;
  if (choice.count == 1) let_waiting_threads_sleep();
  set_compute_threads(state->threads);
  logger.info(str("threads: ", state->threads, " as before, for the same results (here are ",
                  choice.count, " by ", choice.reason, "; to use those: --threads ", choice.count,
                  ")"));
}

ResumePolicy parse_policy(const std::string& word) {
  if (word == "never") return ResumePolicy::never;
  return word == "require" ? ResumePolicy::require : ResumePolicy::automatic;
}

void warn_of_doubts(const LoadedConfig& loaded, Logger& logger) {
  for (const std::string& doubt : loaded.doubts)
    logger.warning(doubt);
  for (const std::string& doubt : doubts_about_tags(loaded.config))
    logger.warning(doubt);
}

int run(const TrainArguments& arguments, CommandContext& context) {
  if (arguments.overwrites && arguments.resume == "require") {
    throw UserError("--overwrite: starts anew, but --resume require goes on",
                    "leave one of the two out");
  }
  std::vector<std::string> assignments = arguments.assignments;
  if (arguments.output) assignments.push_back(output_assignment(*arguments.output));
  LoadedConfig loaded = load_config(arguments.config, assignments);
  check_named_files(loaded);
  Config& config = loaded.config;
  const auto console = make_logger({});
  parse_device(config.device);
  const RunTexts texts = check_corpora(config);
  check_validation(config);
  warn_of_doubts(loaded, *console);
  std::optional<Profile> taken;
  Profile* profile = nullptr;
  if (arguments.is_profiled) {
    const torch::Device device = parse_device(config.device);
    profile = &taken.emplace([device] { wait_for(device); });
  }
  if (arguments.is_dry_run) {
    Setup setup =
        prepare(config, make_tokenizers(config, *console), {}, {*console, context.stop, profile});
    apply_init_from(setup.config, setup.tokenizers, setup.model, *console);
    settle_batch_tokens(memory_subject(setup), setup.config, *console, profile);
    try_largest_batch(memory_subject(setup), setup.config, *console, profile);
    report_dry_run(setup, *console);
    if (profile != nullptr) report_profile(*profile, {}, *console);
    return 0;
  }
  const ResumePolicy policy =
      arguments.overwrites ? ResumePolicy::never : parse_policy(arguments.resume);
  if (policy != ResumePolicy::never) take_batch_tokens_of_run(config);
  RunFolder folder(config, policy, arguments.overwrites, *console);
  LoggerOptions logging;
  logging.file = folder.path() / kLogName;
  const auto logger = make_logger(logging);
  announce_stop("stopping before the first update");
  catch_signals();
  const CheckpointStore store(folder.path(), config.checkpoint);
  const auto earlier = store.newest_state();
  if (earlier) check_texts_of_run(earlier->texts, texts, config, *logger);
  settle_threads(earlier, context.threads, *logger);
  // A run that has checkpoints must go on with its own vocabulary.
  const bool has_checkpoints = !store.updates().empty();
  TokenizerPair tokenizers =
      folder.is_resumed() && (has_checkpoints || has_tokenizers(folder.path()))
          ? load_tokenizers(folder.path())
          : make_tokenizers(config, *logger);
  std::optional<Setup> setup;
  try {
    setup = prepare(config, std::move(tokenizers), folder.path() / ".cache",
                    {*logger, context.stop, profile});
    setup->texts = texts;
    settle_batch_tokens(memory_subject(*setup), setup->config, *logger, profile);
    // A run that goes on, or is done, has tried it before.
    if (!has_checkpoints)
      try_largest_batch(memory_subject(*setup), setup->config, *logger, profile);
  } catch (const RunError&) {
    if (!context.stop.is_requested()) throw;
    logger->info(
        str("stopped by ", signal_name(context.stop.signal_number()), " before the first update"));
    return 128 + context.stop.signal_number();  // it gave up
  }
  const int code = train(*setup, folder, *logger, context.stop, profile);
  if (profile != nullptr && code == 0)
    report_profile(*profile, folder.path() / "profile.json", *logger);
  return code;
}

}  // namespace

Command add_train_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "train", "Train a model from a configuration, or go on where a run stopped.");
  auto arguments = std::make_shared<TrainArguments>();
  command->add_option("config", arguments->config, "The YAML file.")
      ->required()
      ->type_name("CONFIG");
  command
      ->add_option("--set", arguments->assignments,
                   "Replace a key, as in --set training.schedule.peak=1e-3.")
      ->type_name("KEY=VALUE")
      ->take_all()
      ->expected(1);
  command->add_option("--output", arguments->output, field_doc("output"))->type_name("DIR");
  command
      ->add_option("--resume", arguments->resume,
                   "auto: go on where a run is; never: refuse; require: only go on.")
      ->check(CLI::IsMember({"auto", "never", "require"}))
      ->capture_default_str();
  command->add_flag("--overwrite", arguments->overwrites,
                    "Start anew where a run is; it is kept until the first save.");
  command->add_flag("--dry-run", arguments->is_dry_run,
                    "Read everything, print sizes and statistics, write nothing.");
  command->add_flag("--profile", arguments->is_profiled,
                    "Show at the end where time and memory went, and write it to "
                    "OUTPUT/profile.json for ui.perfetto.dev and chrome://tracing.");
  return {command, [arguments](CommandContext& context) { return run(*arguments, context); }};
}

}  // namespace regard
