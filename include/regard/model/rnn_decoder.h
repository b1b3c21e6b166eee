#pragma once

#include <vector>

#include "regard/attention/attention.h"
#include "regard/layers/recurrent.h"
#include "regard/model/seq2seq.h"

namespace regard {

/// A recurrent decoder with one attention over the source.
///
///   attend: before   c_t = attention(s_{t-1}),  s_t = cell([e_t; c_t], s_{t-1})
///                    Bahdanau et al. 2015, appendix A.2
///   attend: after    s_t = cell([e_t; o_{t-1}], s_{t-1}),  c_t = attention(s_t)
///                    Luong et al. 2015, section 3; o_{t-1} with input_feeding only
///
/// and o_t = readout(c_t, s_t, e_t) predicts the next token, for the embedding e_t of the last one.
/// Unlike Bahdanau's, the readout sees the new state. Where no step needs the one before but the
/// cell itself, all positions of the target are computed at once.
class RnnDecoderImpl final : public DecoderImpl {
 public:
  explicit RnnDecoderImpl(const DecoderSetup& setup);
  torch::Tensor forward(const Sequences& target, const EncoderOutput& source,
                        const ForwardContext& context,
                        std::vector<AttentionRecord>* records) override;
  DecoderState start(const EncoderOutput& source) override;
  torch::Tensor step(const torch::Tensor& ids, DecoderState& state,
                     std::vector<AttentionRecord>* records) override;
  const torch::Tensor& embedding_table() const override { return embedding_->weight; }

 private:
  /// What changes from step to step.
  struct Recurrence {
    std::vector<RecurrentState> layers;
    torch::Tensor feed;  // [rows, dim], the last readout, with input feeding
  };
  /// What stays.
  struct StepContext {
    const AttentionMemory& memory;  // empty without attention
    const ForwardContext& forward;
    bool needs_weights = false;
    std::int64_t position = 0;
  };

  /// The result of a step before the readout.
  struct StepOutput {
    torch::Tensor state;  // [rows, hidden]
    AttentionResult attended;

    /// [rows, context], undefined without attention.
    torch::Tensor context() const;
  };

  bool attends() const { return !attention_.is_empty(); }
  bool is_parallel() const;
  Recurrence first_recurrence(const EncoderOutput& source) const;
  AttentionMemory project(const EncoderOutput& source) const;
  torch::Tensor run_layers(torch::Tensor input, Recurrence& recurrence,
                           const ForwardContext& context) const;
  torch::Tensor run_all(const torch::Tensor& embedded, Recurrence& recurrence,
                        const ForwardContext& context) const;
  AttentionResult attend(const torch::Tensor& query, const StepContext& context) const;
  torch::Tensor read_out(const torch::Tensor& state, const torch::Tensor& attended,
                         const torch::Tensor& embedded, const ForwardContext& context) const;
  StepOutput advance(const torch::Tensor& embedded, Recurrence& recurrence,
                     const StepContext& context) const;
  torch::Tensor run_steps(const torch::Tensor& embedded, Recurrence& recurrence,
                          StepContext context, std::vector<AttentionRecord>* records) const;
  static SublayerState pack(const Recurrence& recurrence, const AttentionMemory& memory);
  Recurrence unpack(const SublayerState& state) const;

  DecoderOptions options_;
  DropoutOptions dropout_;
  Embedding embedding_;
  Attention attention_{nullptr};
  std::vector<Recurrent> layers_;
  std::vector<Linear> bridges_;  // with bridge: linear, one for each layer
  Linear readout_{nullptr};
};

}  // namespace regard
