#include "regard/train/training_options.h"

#include <algorithm>

#include "regard/core/strings.h"
#include "regard/metrics/bleu.h"
#include "regard/metrics/make_metric.h"

namespace regard {
namespace {

std::vector<std::string> all_metrics() {
  std::vector<std::string> names = metric_names();
  const std::vector<std::string> others = answer_metric_names();
  names.insert(names.end(), others.begin(), others.end());
  return names;
}

}  // namespace

void TrainingOptions::check(const Self& o, config::Checks& checks) {
  if (o.max_updates == 0 && o.max_epochs == 0 && o.max_tokens == 0 && o.max_minutes == 0.0) {
    checks.fail("max_updates", "the run would never end",
                "set max_updates, max_epochs, max_tokens or max_minutes");
  }
  if (o.init_from.empty() && o.init_scope != InitScope::model)
    checks.fail("init_scope", "there is no training.init_from", "set it, or leave this out");
  if (o.init_optimizer == InitOptimizer::keep &&
      (o.init_from.empty() || o.init_scope != InitScope::model)) {
    checks.fail("init_optimizer", "keep needs all weights of a training.init_from",
                "use fresh, or set init_from and init_scope: model");
  }
  const bool falls =
      o.schedule.type == ScheduleType::linear || o.schedule.type == ScheduleType::cosine;
  if (falls && o.max_updates <= o.schedule.warmup) {
    checks.fail("schedule.type",
                "this schedule falls to 0 at max_updates, which is not beyond the warm-up",
                "raise training.max_updates");
  }
  if (o.schedule.type == ScheduleType::noam && o.schedule.warmup == 0) {
    checks.fail("schedule.warmup", "0 gives noam no highest rate", "set it, for example to 4000");
  }
}

void ValidationOptions::check(const Self& o, config::Checks& checks) {
  bool are_known = true;
  const std::vector<std::string> known = all_metrics();
  for (std::size_t i = 0; i < o.metrics.size(); ++i) {
    if (std::find(known.begin(), known.end(), o.metrics[i]) == known.end()) {
      const std::string near = nearest(o.metrics[i], known);
      checks.fail(str("metrics[", i, "]"),
                  str(escape_for_message(o.metrics[i]), " is not a metric"),
                  near.empty() ? str("use ", join(known, ", ")) : "use " + near);
      are_known = false;
    }
  }
  if (o.tokenize != "auto" && !is_bleu_tokenizer(o.tokenize)) {
    checks.fail("tokenize", str(quote_for_message(o.tokenize), " is not a tokenizer"),
                str("use auto, ", join(bleu_tokenizer_names(), ", "), ", ",
                    join(bleu_splitter_names(), ", ")));
  }
  if (!are_known) return;  // stop.metric may be the one that was meant
  const std::string metric = split_metric(o.stop.metric).metric;
  const bool is_loss = metric == "loss" || metric == "perplexity";
  if (!is_loss && std::find(o.metrics.begin(), o.metrics.end(), metric) == o.metrics.end()) {
    checks.fail("stop.metric", str(escape_for_message(o.stop.metric), " is not computed"),
                "add it to validation.metrics, or use loss");
  }
}

MetricName split_metric(const std::string& name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return {"", name};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

}  // namespace regard
