#include "regard/model/token_states.h"

#include <string>
#include <vector>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/tensor/token_rows.h"
#include "regard/tensor/torch.h"

namespace regard {
namespace {

AttentionRecord record_called(const std::string& name,
                              const std::vector<AttentionRecord>& records) {
  for (const AttentionRecord& record : records) {
    if (record.name == name) return record;
  }
  throw UserError(str("the decoder has no attention called ", escape_for_message(name)),
                  "regard attend names them, such as decoder.0.cross_attention");
}

}  // namespace

TokenStates forward_tokens(Seq2SeqImpl& model, const Batch& batch, const ForwardContext& context) {
  std::vector<AttentionRecord> records;
  const bool draws = context.is_training() && sampling_of(model.options());
  const EncoderOutput encoded = model.encode(batch.source, context);
  const bool is_recorded = draws || context.only_recorded != nullptr;
  const torch::Tensor hidden =
      model.decode(batch.target_input, encoded, context,
                   is_recorded ? &records : nullptr);  // [rows, positions, dim]
  const torch::Tensor& places = batch.target_input.places;
  TokenStates states;
  states.hidden = pick_rows(hidden.flatten(0, 1), places);
  states.targets = batch.target_output.flatten().index_select(0, places);
  if (context.only_recorded != nullptr)
    states.recorded = record_called(*context.only_recorded, records);
  for (const AttentionRecord& record : records) {
    if (!record.extras.entropy.defined()) continue;
    states.draw_log_probability = record.extras.log_probability.flatten().index_select(0, places);
    states.draw_entropy = record.extras.entropy.flatten().index_select(0, places);
  }
  return states;
}

std::optional<HardOptions> sampling_of(const ModelOptions& model) {
  if (!model.decoder || !model.decoder->attention) return std::nullopt;
  const AttentionOptions& attention = *model.decoder->attention;
  return draws_keys(attention) ? std::optional(attention.hard) : std::nullopt;
}

}  // namespace regard
