#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regard/config/describe.h"

namespace regard {

enum class OptimizerType { adam, adamw, sgd };
REGARD_ENUM(OptimizerType, adam, adamw, sgd);

struct OptimizerOptions {
  using Self = OptimizerOptions;
  OptimizerType type = OptimizerType::adam;
  double beta1 = 0.9;
  double beta2 = 0.98;
  double epsilon = 1.0e-9;
  double momentum = 0.0;
  double weight_decay = 0.0;

  static void describe(auto&& field) {
    REGARD_FIELD(type,
                 "adam (Kingma & Ba 2015; weight decay as part of the gradient), adamw (Loshchilov "
                 "& Hutter 2019) or sgd.",
                 config::fixed_on_resume());
    REGARD_FIELD(beta1, "Decay of the mean of gradients.", config::between(0.0, 0.9999),
                 config::used_with("type", {"adam", "adamw"}));
    REGARD_FIELD(beta2, "Decay of the mean of squared gradients.", config::between(0.0, 0.999999),
                 config::used_with("type", {"adam", "adamw"}));
    REGARD_FIELD(epsilon, "Added to the denominator for numerical stability.", config::above(0.0),
                 config::used_with("type", {"adam", "adamw"}));
    REGARD_FIELD(momentum, "Momentum; 0 = none.", config::between(0.0, 0.9999),
                 config::fixed_on_resume(), config::used_with("type", {"sgd"}));
    REGARD_FIELD(weight_decay, "0 = none.", config::between(0.0, 1.0));
  }
};
REGARD_DESCRIBED(OptimizerOptions);

enum class ScheduleType { inverse_sqrt, noam, linear, cosine, constant, plateau };
REGARD_ENUM(ScheduleType, inverse_sqrt, noam, linear, cosine, constant, plateau);

struct ScheduleOptions {
  using Self = ScheduleOptions;
  ScheduleType type = ScheduleType::inverse_sqrt;
  double peak = 7.0e-4;
  std::int64_t warmup = 4000;
  double factor = 1.0;
  double decay = 0.5;
  std::int64_t patience = 2;
  double minimum = 0.0;

  static void describe(auto&& field) {
    REGARD_FIELD(
        type,
        "After the warm-up: inverse_sqrt = peak * sqrt(warmup / update); noam = factor / sqrt(dim "
        "* update), as in Vaswani et al. 2017; linear and cosine decay to 0 at max_updates; "
        "constant; plateau = constant until validations stop improving, then multiplied by decay.");
    REGARD_FIELD(
        peak, "Learning rate at the end of the warm-up.", config::above(0.0),
        config::at_most(100.0),
        config::used_with("type", {"inverse_sqrt", "linear", "cosine", "constant", "plateau"}));
    REGARD_FIELD(warmup,
                 "Warm-up: updates over which the learning rate rises linearly from 0; 0 = none.",
                 config::at_least(0), config::unit("updates"));
    REGARD_FIELD(factor, "1 = the paper's rate, 2 = tensor2tensor's.", config::above(0.0),
                 config::at_most(1000.0), config::used_with("type", {"noam"}));
    REGARD_FIELD(decay, "Factor by which the learning rate is multiplied.",
                 config::between(0.01, 0.99), config::used_with("type", {"plateau"}));
    REGARD_FIELD(
        patience,
        "Validations without a new best (of validation.stop.metric) before the learning rate is "
        "reduced.",
        config::at_least(1), config::used_with("type", {"plateau"}));
    REGARD_FIELD(minimum, "Lower bound of the learning rate after the warm-up.",
                 config::between(0.0, 100.0));
  }
};
REGARD_DESCRIBED(ScheduleOptions);

/// Numbers that the products of training are computed in.
enum class Precision { auto_, float32, bfloat16 };
REGARD_ENUM(Precision, auto_, float32, bfloat16);

/// Which weights training.init_from gives.
enum class InitScope {
  model,    ///< all of them
  encoder,  ///< the encoder's, with its embedding; the rest starts at random
};
REGARD_ENUM(InitScope, model, encoder);

/// What the optimizer starts from with training.init_from.
enum class InitOptimizer {
  fresh,  ///< nothing
  keep,   ///< the moments of the checkpoint that the weights are from
};
REGARD_ENUM(InitOptimizer, fresh, keep);

/// Teaches an attention the links of data.train[].alignments.
struct GuidedAlignmentOptions {
  using Self = GuidedAlignmentOptions;
  double weight = 0.1;
  std::string map;
  std::int64_t head = 0;

  static void describe(auto&& field) {
    REGARD_FIELD(weight,
                 "Weight in the loss of the cross-entropy between the word links and the "
                 "attention, per target token (Chen et al. 2016). 0 = links are not used.",
                 config::between(0.0, 1000.0));
    REGARD_FIELD(
        map,
        "The attention that is trained, by its name in regard attend, such as "
        "decoder.5.cross_attention. Empty = the cross-attention of the last decoder block.");
    REGARD_FIELD(head, "Its head, numbered from 0.", config::between(0, 1023));
  }
};
REGARD_DESCRIBED(GuidedAlignmentOptions);

struct TrainingOptions {
  using Self = TrainingOptions;
  config::AutoInteger batch_tokens = 4096;
  std::int64_t accumulate = 1;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  double label_smoothing = 0.1;
  GuidedAlignmentOptions guided_alignment;
  double clip_norm = 1.0;
  double ema = 0.0;
  Precision precision = Precision::auto_;
  bool recompute_blocks = false;
  std::int64_t max_updates = 20000;
  std::int64_t max_epochs = 0;
  std::int64_t max_tokens = 0;
  double max_minutes = 0.0;
  std::string init_from;
  InitScope init_scope = InitScope::model;
  InitOptimizer init_optimizer = InitOptimizer::fresh;
  std::vector<std::string> freeze;
  std::int64_t log_every = 100;

  static void describe(auto&& field) {
    REGARD_FIELD(batch_tokens,
                 "Size of a micro-batch: rows * max(source + 1, target + 1). auto = as much as "
                 "fits into 80 % of the memory, at most 8,192 on a CPU and 65,536 on a GPU, "
                 "measured at the start of the run.",
                 config::at_least(1), config::unit("subwords"), config::course_on_resume());
    REGARD_FIELD(accumulate, "Micro-batches whose gradients are accumulated for one update.",
                 config::between(1, 100000), config::course_on_resume());
    REGARD_FIELD(optimizer, "The optimizer.", config::course_on_resume());
    REGARD_FIELD(schedule, "The learning rate schedule.", config::course_on_resume());
    REGARD_FIELD(
        label_smoothing,
        "Label smoothing: probability mass spread uniformly over the vocabulary; 0 = none.",
        config::between(0.0, 0.9), config::course_on_resume());
    REGARD_FIELD(guided_alignment,
                 "Guided alignment: word links of the training text (data.train[].alignments) "
                 "train an attention to align.",
                 config::course_on_resume());
    REGARD_FIELD(clip_norm,
                 "Maximum gradient norm; larger gradients are scaled down to it. 0 = no clipping.",
                 config::at_least(0.0), config::course_on_resume());
    REGARD_FIELD(ema,
                 "Decay of the exponential moving average of the weights, which is then validated "
                 "and saved as the model; 0 = none, 0.999 is common.",
                 config::between(0.0, 0.999999), config::fixed_on_resume());
    REGARD_FIELD(precision,
                 "Number type of matrix products; weights stay float32. bfloat16 = if the device "
                 "supports it, else float32 with a warning; auto = bfloat16 on a GPU that supports "
                 "it, float32 on a CPU.",
                 config::course_on_resume());
    REGARD_FIELD(
        recompute_blocks,
        "Activation checkpointing: blocks keep only their input and are recomputed in the backward "
        "pass. Much less memory for about a third more time, with identical results.");
    REGARD_FIELD(max_updates, "Ends the run; 0 = no limit.", config::at_least(0),
                 config::unit("updates"));
    REGARD_FIELD(max_epochs, "Ends the run; 0 = no limit.", config::at_least(0),
                 config::unit("epochs"));
    REGARD_FIELD(max_tokens,
                 "Ends the run at the first update by which it has seen this many target tokens, "
                 "including end-of-sentence tokens; 0 = no limit.",
                 config::at_least(0), config::unit("target tokens"));
    REGARD_FIELD(max_minutes, "Ends the run; includes the time of earlier sessions. 0 = no limit.",
                 config::at_least(0.0), config::unit("minutes"));
    REGARD_FIELD(init_from,
                 "A model directory to start from: its weights, and its vocabulary and model "
                 "unless vocabulary.source and model are given. Empty = random initialization.",
                 config::fixed_on_resume());
    REGARD_FIELD(init_scope, "With init_from: load all weights, or only those of the encoder.",
                 config::fixed_on_resume());
    REGARD_FIELD(init_optimizer,
                 "With init_from: fresh = reset the optimizer; keep = reuse that checkpoint's "
                 "optimizer state. The schedule always starts from the beginning.",
                 config::fixed_on_resume());
    REGARD_FIELD(freeze,
                 "Weights to freeze (not train): name patterns with * and ?, such as \"encoder.*\" "
                 "or \"*.embedding.*\"; regard info MODEL lists the names.",
                 config::fixed_on_resume());
    REGARD_FIELD(log_every, "Log every N updates.", config::at_least(1), config::unit("updates"));
  }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(TrainingOptions);

struct StopOptions {
  using Self = StopOptions;
  std::string metric = "bleu";
  std::int64_t patience = 10;

  static void describe(auto&& field) {
    REGARD_FIELD(
        metric,
        "The metric that decides which checkpoint is best: loss, perplexity, or one of "
        "validation.metrics. Ties are broken by the loss. With several validation texts the first "
        "one counts, unless one is named, as in news.bleu, or mean.bleu for the mean of all.",
        config::not_empty());
    REGARD_FIELD(
        patience,
        "Validations without a new best before the run stops early; 0 = no early stopping.",
        config::at_least(0));
  }
};
REGARD_DESCRIBED(StopOptions);

struct ValidationOptions {
  using Self = ValidationOptions;
  std::int64_t every = 500;
  double every_minutes = 0.0;
  std::vector<std::string> metrics = {"bleu", "chrf"};
  std::string tokenize = "auto";
  StopOptions stop;
  std::int64_t beam_size = 1;
  std::int64_t samples = 2;

  static void describe(auto&& field) {
    REGARD_FIELD(every, "Validate every N updates; 0 = never by update count.", config::at_least(0),
                 config::unit("updates"));
    REGARD_FIELD(every_minutes, "Validate every N minutes; 0 = never by time.",
                 config::at_least(0.0), config::unit("minutes"));
    REGARD_FIELD(metrics,
                 "Metrics of the translated validation source against the raw reference: bleu, "
                 "chrf, chrf++, ter; of the answers of another task: accuracy, macro_f1, span_f1 "
                 "and others (docs/tasks.md), which has its own default. Loss and perplexity are "
                 "always computed.");
    REGARD_FIELD(
        tokenize,
        "Tokenizer of BLEU, as in regard evaluate --tokenize: 13a, intl, char, zh, none, "
        "ja-mecab, ko-mecab, flores101, flores200, spBLEU-1K, or spm:FILE. auto = by data.target: "
        "zh for Chinese, ja-mecab for Japanese, ko-mecab for Korean "
        "(char if MeCab is not installed), flores200 (char if its model is not installed) for "
        "Thai and others without spaces between words, else 13a.",
        config::not_empty(), config::course_on_resume());
    REGARD_FIELD(stop, "Which checkpoint is best, and early stopping.", config::course_on_resume());
    REGARD_FIELD(beam_size, "Beam size of validation translations; 1 = greedy, which is fast.",
                 config::between(1, 256));
    REGARD_FIELD(samples, "Number of example translations in the log.", config::between(0, 100));
  }
  /// Whether there are validations at all.
  bool is_on() const { return every > 0 || every_minutes > 0.0; }
  static void check(const Self& o, config::Checks& checks);
};
REGARD_DESCRIBED(ValidationOptions);

/// A value of a validation by its name: "bleu", or "news.bleu" of one of several texts.
struct MetricName {
  std::string text;  ///< empty: not named
  std::string metric;
};
MetricName split_metric(const std::string& name);

struct CheckpointOptions {
  using Self = CheckpointOptions;
  std::int64_t every = 500;
  std::int64_t keep_last = 3;
  std::int64_t keep_best = 1;

  static void describe(auto&& field) {
    REGARD_FIELD(every, "Save a checkpoint every N updates, at the end, and on SIGTERM/SIGINT.",
                 config::at_least(1), config::unit("updates"));
    REGARD_FIELD(keep_last, "Number of newest checkpoints to keep.", config::between(1, 100000));
    REGARD_FIELD(keep_best, "Number of best checkpoints to keep in addition.",
                 config::between(1, 100000));
  }
};
REGARD_DESCRIBED(CheckpointOptions);

}  // namespace regard
