#pragma once

#include <optional>

#include "regard/attention/attention_options.h"
#include "regard/model/seq2seq.h"

namespace regard {

/// What a pass gives for the real tokens of a batch, padding left out.
struct TokenStates {
  torch::Tensor hidden;   ///< [tokens, dim]
  torch::Tensor targets;  ///< [tokens]
  /// [tokens] each, where an attention drew its keys (hard attention by sampling).
  torch::Tensor draw_log_probability;
  torch::Tensor draw_entropy;
  /// Of the one attention that context.only_recorded names.
  AttentionRecord recorded;
};

/// Forward pass of a sequence-to-sequence model. Throws UserError where the model has no attention
/// of the name in context.only_recorded.
TokenStates forward_tokens(Seq2SeqImpl& model, const Batch& batch, const ForwardContext& context);

/// The options of an attention that draws its keys, where a model has one.
std::optional<HardOptions> sampling_of(const ModelOptions& model);

}  // namespace regard
