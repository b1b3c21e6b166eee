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
                 "adam (Kingma & Ba 2015; decay as part of the gradient), adamw (Loshchilov & "
                 "Hutter 2019) or sgd.",
                 config::fixed_on_resume());
    REGARD_FIELD(beta1, "Decay of the mean of gradients.", config::between(0.0, 0.9999),
                 config::used_with("type", {"adam", "adamw"}));
    REGARD_FIELD(beta2, "Decay of the mean of squared gradients.", config::between(0.0, 0.999999),
                 config::used_with("type", {"adam", "adamw"}));
    REGARD_FIELD(epsilon, "Added to the root of the squared mean.", config::above(0.0),
                 config::used_with("type", {"adam", "adamw"}));
    REGARD_FIELD(momentum, "Decay of the sum of gradients; 0 = the gradient alone.",
                 config::between(0.0, 0.9999), config::fixed_on_resume(),
                 config::used_with("type", {"sgd"}));
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
    REGARD_FIELD(type,
                 "After the warm-up: inverse_sqrt = peak * sqrt(warmup / update); noam = factor / "
                 "sqrt(dim * update), as in Vaswani et al. 2017; linear and cosine fall to 0 at "
                 "max_updates; constant; plateau = constant until validations stop getting "
                 "better, then times decay.");
    REGARD_FIELD(
        peak, "Learning rate at the end of the warm-up.", config::above(0.0),
        config::at_most(100.0),
        config::used_with("type", {"inverse_sqrt", "linear", "cosine", "constant", "plateau"}));
    REGARD_FIELD(warmup, "Updates over which the rate grows linearly from 0; 0 = none.",
                 config::at_least(0), config::unit("updates"));
    REGARD_FIELD(factor, "1 = the paper's rate, 2 = tensor2tensor's.", config::above(0.0),
                 config::at_most(1000.0), config::used_with("type", {"noam"}));
    REGARD_FIELD(decay, "What the rate is multiplied by.", config::between(0.01, 0.99),
                 config::used_with("type", {"plateau"}));
    REGARD_FIELD(
        patience,
        "Validations without a new best (of validation.stop.metric) before the rate falls.",
        config::at_least(1), config::used_with("type", {"plateau"}));
    REGARD_FIELD(minimum, "The rate falls no lower than this after the warm-up.",
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

/// What the optimiser starts from with training.init_from.
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
                 "Weight of the cross-entropy between the links and the attention, per target "
                 "token, in the loss (Chen et al. 2016). 0 = the links are not used.",
                 config::between(0.0, 1000.0));
    REGARD_FIELD(map,
                 "The attention that learns them, by its name in regard attend, such as "
                 "decoder.5.cross_attention. Empty = the cross-attention of the last decoder "
                 "block.");
    REGARD_FIELD(head, "Its head, counted from 0.", config::between(0, 1023));
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
    REGARD_FIELD(
        batch_tokens,
        "Size of a micro-batch: rows * max(source + 1, target + 1). auto = as much as fits "
        "into four fifths of the memory, at most 8,192 on a processor and 65,536 on a "
        "GPU, measured at the start of the run.",
        config::at_least(1), config::unit("subwords"), config::course_on_resume());
    REGARD_FIELD(accumulate, "Micro-batches whose gradients are added up for one update.",
                 config::between(1, 100000), config::course_on_resume());
    REGARD_FIELD(optimizer, "How gradients become steps.", config::course_on_resume());
    REGARD_FIELD(schedule, "The learning rate over the updates.", config::course_on_resume());
    REGARD_FIELD(label_smoothing,
                 "Share of the probability spread evenly over the vocabulary; 0 = none.",
                 config::between(0.0, 0.9), config::course_on_resume());
    REGARD_FIELD(guided_alignment,
                 "Word links of the training text (data.train[].alignments) teach an attention to "
                 "align.",
                 config::course_on_resume());
    REGARD_FIELD(clip_norm, "Gradients are scaled down to this norm; 0 = never.",
                 config::at_least(0.0), config::course_on_resume());
    REGARD_FIELD(ema,
                 "Decay of a running mean of the weights, which is what is validated and saved as "
                 "the model; "
                 "0 = none, 0.999 is usual.",
                 config::between(0.0, 0.999999), config::fixed_on_resume());
    REGARD_FIELD(precision,
                 "Numbers that matrix products are computed in; weights stay float32. bfloat16 "
                 "where the device has it, else float32 with a warning; auto = bfloat16 on a GPU "
                 "that has it, float32 on a processor.",
                 config::course_on_resume());
    REGARD_FIELD(
        recompute_blocks,
        "Blocks keep their input alone and are computed again for the gradients (activation "
        "checkpointing): much less memory for about a third more time, the same results.");
    REGARD_FIELD(max_updates, "Ends the run; 0 = no limit.", config::at_least(0),
                 config::unit("updates"));
    REGARD_FIELD(max_epochs, "Ends the run; 0 = no limit.", config::at_least(0),
                 config::unit("epochs"));
    REGARD_FIELD(max_tokens,
                 "Ends the run at the first update by which it has seen so many target tokens, end "
                 "marks counted; 0 = no limit.",
                 config::at_least(0), config::unit("target tokens"));
    REGARD_FIELD(max_minutes, "Ends the run, earlier sessions counted; 0 = no limit.",
                 config::at_least(0.0), config::unit("minutes"));
    REGARD_FIELD(init_from,
                 "A model directory whose weights are the start, and whose vocabulary and model "
                 "are used unless vocabulary.source and model are given; empty = random.",
                 config::fixed_on_resume());
    REGARD_FIELD(init_scope, "Of init_from: all weights, or those of the encoder alone.",
                 config::fixed_on_resume());
    REGARD_FIELD(init_optimizer,
                 "Of init_from: fresh = the optimiser starts anew; keep = it goes on with the "
                 "moments of that checkpoint. The schedule starts anew in any case.",
                 config::fixed_on_resume());
    REGARD_FIELD(freeze,
                 "Weights that are not trained: name patterns with * and ?, such as \"encoder.*\" "
                 "or \"*.embedding.*\"; regard info MODEL lists the names.",
                 config::fixed_on_resume());
    REGARD_FIELD(log_every, "Distance of log lines.", config::at_least(1), config::unit("updates"));
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
        "What decides which checkpoint is best: loss, perplexity, or one of validation.metrics. "
        "Equal values are decided by the loss. Of several validation texts the first one counts, "
        "unless one is named, as in news.bleu, or mean.bleu for the mean of all.",
        config::not_empty());
    REGARD_FIELD(patience,
                 "Validations without a new best before the run ends; 0 = never ends early.",
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
    REGARD_FIELD(every, "Distance of validations; 0 = not by updates.", config::at_least(0),
                 config::unit("updates"));
    REGARD_FIELD(every_minutes, "Distance of validations in time; 0 = not by time.",
                 config::at_least(0.0), config::unit("minutes"));
    REGARD_FIELD(
        metrics,
        "Scores of the translated validation source against the raw reference: bleu, chrf, chrf++, "
        "ter. Loss and perplexity are always there.");
    REGARD_FIELD(tokenize,
                 "Tokenizer of BLEU, as in regard evaluate --tokenize: 13a, intl, char, zh, none, "
                 "ja-mecab, ko-mecab, flores101, flores200, spBLEU-1K, or spm:FILE. auto = what "
                 "suits data.target: zh for Chinese, ja-mecab for Japanese, ko-mecab for Korean "
                 "(char where MeCab is missing), flores200 (char where its model is missing) for "
                 "Thai and others without spaces between words, else 13a.",
                 config::not_empty(), config::course_on_resume());
    REGARD_FIELD(stop, "Which checkpoint is best, and early stopping.", config::course_on_resume());
    REGARD_FIELD(beam_size, "Beam of these translations; 1 = greedy, which is fast.",
                 config::between(1, 256));
    REGARD_FIELD(samples, "Translations shown in the log.", config::between(0, 100));
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
    REGARD_FIELD(every, "Distance of checkpoints; one more is written at the end and on a signal.",
                 config::at_least(1), config::unit("updates"));
    REGARD_FIELD(keep_last, "Newest checkpoints kept.", config::between(1, 100000));
    REGARD_FIELD(keep_best, "Best checkpoints kept beside them.", config::between(1, 100000));
  }
};
REGARD_DESCRIBED(CheckpointOptions);

}  // namespace regard
