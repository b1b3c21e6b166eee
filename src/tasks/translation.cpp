#include "regard/tasks/translation.h"

#include "regard/model/token_states.h"
#include "regard/tasks/guided_alignment.h"
#include "regard/tasks/policy_loss.h"
#include "regard/tensor/torch.h"
#include "regard/train/loss.h"

namespace regard {

TranslationObjective::TranslationObjective(Seq2Seq model, const TrainingOptions& options)
    : model_(std::move(model)),
      label_smoothing_(options.label_smoothing),
      guided_(options.guided_alignment),
      guided_map_(guided_map(options.guided_alignment, model_->options())),
      sampling_(sampling_of(model_->options())),
      baseline_(at::zeros({2}, at::TensorOptions(model_->device()).dtype(at::kDouble))) {}

PassLoss TranslationObjective::loss(const Batch& batch, const ForwardContext& context) {
  ForwardContext pass = context;
  const bool is_guided = context.is_training() && batch.guide.defined() && !guided_map_.empty();
  if (is_guided) pass.only_recorded = &guided_map_;
  const TokenStates states = forward_tokens(*model_, batch, pass);
  const ProfileSpan span(context.profile, "loss");
  const OutputLayer output(model_->output_weight(), model_->output_bias());
  const Loss losses = smoothed_cross_entropy(states.hidden, output, states.targets,
                                             context.is_training() ? label_smoothing_ : 0.0);
  PassLoss result{losses.smoothed, losses.smoothed, losses.negative_log_likelihood};
  if (is_guided) {
    result.total = result.total +
                   guided_.weight * guided_alignment_loss(states.recorded, guided_, batch.guide);
  }
  if (sampling_ && context.is_training()) {
    result.total = result.total + policy_loss({states.draw_log_probability, states.draw_entropy,
                                               -losses.of_tokens},
                                              *sampling_, baseline_);
  }
  return result;
}

NamedTensors TranslationObjective::state() {
  if (!sampling_) return {};
  return {{"reward_baseline", baseline_}};
}

}  // namespace regard
