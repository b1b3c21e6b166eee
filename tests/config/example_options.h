#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "regard/config/describe.h"

/// A small configuration that uses everything a described struct may hold.
namespace regard::example {

enum class NormPlacement { pre, post, none };
REGARD_ENUM(NormPlacement, pre, post, none);

enum class Precision { auto_, float32, bfloat16 };
REGARD_ENUM(Precision, auto_, float32, bfloat16);

struct CorpusOptions {
  using Self = CorpusOptions;
  std::string source;
  double weight = 1.0;
  std::string tag;
  static void describe(auto&& field) {
    REGARD_FIELD(source, "The file.", config::not_empty());
    REGARD_FIELD(weight, "Passes per epoch.", config::above(0.0), config::course_on_resume());
    REGARD_FIELD(tag, "Put before each line.");
  }
};
REGARD_DESCRIBED(CorpusOptions);

struct DataOptions {
  using Self = DataOptions;
  std::vector<CorpusOptions> train;
  std::int64_t max_length = 256;
  static void describe(auto&& field) {
    REGARD_FIELD(train, "The corpora.");
    REGARD_FIELD(max_length, "Longer pairs are dropped.", config::at_least(1),
                 config::unit("subwords"));
  }
};
REGARD_DESCRIBED(DataOptions);

struct AttentionOptions {
  using Self = AttentionOptions;
  std::int64_t heads = 8;
  std::optional<double> clip;
  static void describe(auto&& field) {
    REGARD_FIELD(heads, "Parallel heads.", config::at_least(1));
    REGARD_FIELD(clip, "Bound of the scores.", config::above(0.0));
  }
};
REGARD_DESCRIBED(AttentionOptions);

struct ModelOptions {
  using Self = ModelOptions;
  std::int64_t dim = 512;
  std::int64_t heads = 8;
  NormPlacement norm = NormPlacement::pre;
  std::vector<std::int64_t> kernels = {3};
  std::optional<AttentionOptions> attention;
  std::vector<AttentionOptions> levels;

  static void describe(auto&& field) {
    REGARD_FIELD(dim, "Width.",
                 config::valid_if([](std::int64_t n) { return n % 2 == 0; }, "an even number"));
    REGARD_FIELD(heads, "Parallel heads.", config::at_least(1));
    REGARD_FIELD(norm, "Where the norm stands.");
    REGARD_FIELD(kernels, "Widths of the filters.", config::between(1, 9), config::min_items(1));
    REGARD_FIELD(attention, "Attention to the source.");
    REGARD_FIELD(levels, "One per level.");
  }
  static void check(const Self& o, config::Checks& checks) {
    if (o.heads > 0 && o.dim % o.heads != 0) {
      checks.fail("heads",
                  std::to_string(o.heads) + " does not divide model.dim = " + std::to_string(o.dim),
                  "use 8");
    }
    for (std::size_t i = 0; i < o.levels.size(); ++i) {
      if (o.levels[i].heads > o.dim) {
        checks.fail("levels[" + std::to_string(i) + "].heads", "more heads than dimensions");
      }
    }
  }
};
REGARD_DESCRIBED(ModelOptions);

struct ScheduleOptions {
  using Self = ScheduleOptions;
  std::string type = "inverse_sqrt";
  double peak = 7.0e-4;
  std::int64_t warmup = 4000;
  static void describe(auto&& field) {
    REGARD_FIELD(type, "How the learning rate moves.",
                 config::one_of({"inverse_sqrt", "constant"}));
    REGARD_FIELD(peak, "Highest learning rate.", config::above(0.0), config::below(1.0));
    REGARD_FIELD(warmup, "Updates of linear growth; 0 = none.", config::at_least(0),
                 config::unit("updates"));
  }
};
REGARD_DESCRIBED(ScheduleOptions);

struct TrainingOptions {
  using Self = TrainingOptions;
  ScheduleOptions schedule;
  Precision precision = Precision::auto_;
  std::vector<std::string> metrics = {"bleu"};
  bool is_quiet = false;
  std::optional<std::int64_t> max_updates;
  std::optional<double> clip_norm = 1.0;
  static void describe(auto&& field) {
    REGARD_FIELD(schedule, "The learning rate.");
    REGARD_FIELD(precision, "Of the matrix products.");
    REGARD_FIELD(metrics, "What validation measures.", config::one_of({"bleu", "chrf"}));
    REGARD_FIELD(is_quiet, "Log less.", config::free_on_resume());
    REGARD_FIELD(max_updates, "End of the run.", config::at_least(1), config::free_on_resume());
    REGARD_FIELD(clip_norm, "Largest gradient norm.", config::above(0.0));
  }
};
REGARD_DESCRIBED(TrainingOptions);

struct Options {
  using Self = Options;
  std::string output;
  std::int64_t seed = 1;
  DataOptions data;
  ModelOptions model;
  TrainingOptions training;
  static void describe(auto&& field) {
    REGARD_FIELD(output, "The model directory.", config::required());
    REGARD_FIELD(seed, "Start of all random streams.", config::fixed_on_resume());
    REGARD_FIELD(data, "What to learn from.", config::fixed_on_resume());
    REGARD_FIELD(model, "What learns.", config::fixed_on_resume());
    REGARD_FIELD(training, "How it learns.", config::course_on_resume());
  }
};
REGARD_DESCRIBED(Options);

}  // namespace regard::example
