#include "regard/model/rnn_decoder.h"

#include "regard/core/strings.h"
#include "regard/tensor/dropout.h"
#include "regard/tensor/torch.h"

// Letters in comments: B batch (rows), T target positions, S source positions.

namespace regard {

using torch::Tensor;

namespace {

RnnOptions cell_options(CellKind cell) {
  RnnOptions options;
  options.cell = cell;
  return options;
}

AttentionRecord record_of(const AttentionImpl& attention, const AttentionResult& result) {
  return {"decoder.step_attention", result.weights, result.extras,
          attention.options().granularity == Granularity::feature};
}

/// What single steps returned in addition to their contexts, along the queries.
AttentionResult joined(const std::vector<AttentionResult>& steps) {
  AttentionResult result;
  const auto cat = [&](auto&& part, std::int64_t axis) {
    std::vector<Tensor> parts;
    for (const AttentionResult& step : steps)
      parts.push_back(part(step));
    return parts.empty() || !parts.front().defined() ? Tensor() : at::cat(parts, axis);
  };
  result.weights = cat([](const AttentionResult& r) { return r.weights; }, 2);
  result.extras.position = cat([](const AttentionResult& r) { return r.extras.position; }, 1);
  result.extras.log_probability =
      cat([](const AttentionResult& r) { return r.extras.log_probability; }, 1);
  result.extras.entropy = cat([](const AttentionResult& r) { return r.extras.entropy; }, 1);
  return result;
}

}  // namespace

RnnDecoderImpl::RnnDecoderImpl(const DecoderSetup& setup)
    : options_(*setup.options.decoder),
      dropout_(setup.options.dropout),
      embedding_(embedding_options(setup.options, setup.vocabulary), setup.tied_embedding) {
  const std::int64_t dim = setup.options.dim;
  const std::int64_t hidden = hidden_width(setup.options);
  register_module("embedding", embedding_);
  std::int64_t context_dim = 0;
  if (options_.attention) {
    attention_ = register_module(
        "attention", Attention(resolved(*options_.attention, /*is_step=*/true),
                               AttentionSizes{hidden, setup.source_width, dropout_.attention}));
    context_dim = attention_->context_dim();
  }
  const std::int64_t fed = options_.attend == Attend::before ? context_dim
                           : options_.input_feeding          ? dim
                                                             : 0;
  const std::vector<std::int64_t> finals = final_widths(setup.options);
  for (std::int64_t i = 0; i < options_.layers; ++i) {
    const std::int64_t in = i == 0 ? dim + fed : hidden;
    layers_.push_back(register_module(
        str("layer_", i), Recurrent(cell_options(options_.cell), RecurrentSizes{in, hidden})));
    if (options_.bridge != Bridge::linear) continue;
    const std::int64_t width = finals[bridged_final(finals.size(), options_.layers, i)];
    bridges_.push_back(register_module(str("bridge_", i), Linear(LinearOptions{width, hidden})));
  }
  const bool is_maxout = options_.readout == Readout::maxout;
  readout_ =
      register_module("readout", Linear(LinearOptions{context_dim + hidden + (is_maxout ? dim : 0),
                                                      is_maxout ? 2 * dim : dim}));
}

/// Whether all positions can be computed at once.
bool RnnDecoderImpl::is_parallel() const {
  return options_.attend == Attend::after && !options_.input_feeding;
}

RnnDecoderImpl::Recurrence RnnDecoderImpl::first_recurrence(const EncoderOutput& source) const {
  Recurrence recurrence;
  const std::int64_t rows = source.sentences();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    RecurrentState state = layers_[i]->zero_state(rows, source.states);
    const RecurrentState& last = source.finals[bridged_final(source.finals.size(), options_.layers,
                                                             static_cast<std::int64_t>(i))];
    if (options_.bridge == Bridge::linear)
      state.hidden = at::tanh(bridges_[i]->forward(last.hidden));
    if (options_.bridge == Bridge::copy) {
      state.hidden = last.hidden;
      if (state.cell.defined() && last.cell.defined()) state.cell = last.cell;
    }
    recurrence.layers.push_back(state);
  }
  if (options_.input_feeding) {
    recurrence.feed = at::zeros({rows, embedding_->weight.size(1)}, source.states.options());
  }
  return recurrence;
}

AttentionMemory RnnDecoderImpl::project(const EncoderOutput& source) const {
  return attends() ? attention_->project(source.states, source.mask) : AttentionMemory();
}

/// One position through all layers: [rows, in] -> [rows, hidden].
Tensor RnnDecoderImpl::run_layers(Tensor input, Recurrence& recurrence,
                                  const ForwardContext& context) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (i > 0) input = dropout(input, dropout_.residual, context);
    input = layers_[i]->step(input, recurrence.layers[i]);
  }
  return input;
}

/// The same for all positions: [B, T, in] -> [B, T, hidden].
Tensor RnnDecoderImpl::run_all(const Tensor& embedded, Recurrence& recurrence,
                               const ForwardContext& context) const {
  Tensor states = embedded;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (i > 0) states = dropout(states, dropout_.residual, context);
    states = layers_[i]->forward_from(states, recurrence.layers[i]);
  }
  return states;
}

/// query [rows, T, hidden]; without attention an empty result.
AttentionResult RnnDecoderImpl::attend(const Tensor& query, const StepContext& context) const {
  if (!attends()) return {};
  const ProfileSpan span(context.forward.profile, "attention");
  return attention_->attend(query, context.memory,
                            {context.forward, context.needs_weights, context.position});
}

/// Three times [rows, ..], `attended` undefined without attention -> [rows, .., dim].
Tensor RnnDecoderImpl::read_out(const Tensor& state, const Tensor& attended, const Tensor& embedded,
                                const ForwardContext& context) const {
  std::vector<Tensor> parts;
  if (attended.defined()) parts.push_back(attended);
  parts.push_back(state);
  if (options_.readout == Readout::maxout) parts.push_back(embedded);
  Tensor out = readout_->forward(parts.size() == 1 ? parts.front() : at::cat(parts, -1));
  if (options_.readout == Readout::attentional) out = at::tanh(out);
  if (options_.readout == Readout::maxout) out = out.unflatten(-1, {-1, 2}).amax(-1);
  return dropout(out, dropout_.residual, context);
}

Tensor RnnDecoderImpl::StepOutput::context() const {
  return attended.context.defined() ? attended.context.squeeze(1) : Tensor();
}

/// Attention and cells of one position; embedded [rows, dim].
RnnDecoderImpl::StepOutput RnnDecoderImpl::advance(const Tensor& embedded, Recurrence& recurrence,
                                                   const StepContext& context) const {
  StepOutput output;
  Tensor input = embedded;
  if (options_.attend == Attend::before) {
    output.attended = attend(recurrence.layers.back().hidden.unsqueeze(1), context);
    input = at::cat({embedded, output.context()}, -1);
  } else if (options_.input_feeding) {
    input = at::cat({embedded, recurrence.feed}, -1);
  }
  output.state = run_layers(input, recurrence, context.forward);
  if (options_.attend == Attend::after)
    output.attended = attend(output.state.unsqueeze(1), context);
  return output;
}

/// All positions, one after the other: [B, T, dim] -> [B, T, dim]. Only what the next step reads is
/// computed step by step; without input feeding the readout is one product over all positions.
Tensor RnnDecoderImpl::run_steps(const Tensor& embedded, Recurrence& recurrence,
                                 StepContext context, std::vector<AttentionRecord>* records) const {
  std::vector<Tensor> outputs;
  std::vector<Tensor> states;
  std::vector<Tensor> contexts;
  std::vector<AttentionResult> results;
  for (const Tensor& position : embedded.unbind(1)) {
    const StepOutput output = advance(position, recurrence, context);
    if (options_.input_feeding) {
      recurrence.feed = read_out(output.state, output.context(), position, context.forward);
      outputs.push_back(recurrence.feed);
    } else {
      states.push_back(output.state);
      contexts.push_back(output.context());
    }
    if (records != nullptr) results.push_back(output.attended);
    ++context.position;
  }
  if (records != nullptr && attends()) records->push_back(record_of(*attention_, joined(results)));
  if (options_.input_feeding) return at::stack(outputs, 1);
  const Tensor attended = attends() ? at::stack(contexts, 1) : Tensor();
  return read_out(at::stack(states, 1), attended, embedded, context.forward);
}

Tensor RnnDecoderImpl::forward(const Sequences& target, const EncoderOutput& source,
                               const ForwardContext& context,
                               std::vector<AttentionRecord>* records) {
  const Tensor embedded = embedding_->forward(target.ids, 0, context);
  const AttentionMemory memory = project(source);
  Recurrence recurrence = first_recurrence(source);
  const StepContext step_context{memory, context, records != nullptr, 0};
  if (is_parallel()) {
    const Tensor states = run_all(embedded, recurrence, context);
    const AttentionResult attended = attend(states, step_context);
    if (records != nullptr && attends()) records->push_back(record_of(*attention_, attended));
    return read_out(states, attended.context, embedded, context);
  }
  return run_steps(embedded, recurrence, step_context, records);
}

/// Hidden states of the layers, then their cells, then the last readout.
SublayerState RnnDecoderImpl::pack(const Recurrence& recurrence, const AttentionMemory& memory) {
  SublayerState state;
  state.memory = memory;
  for (const RecurrentState& layer : recurrence.layers)
    state.rows.push_back(layer.hidden);
  for (const RecurrentState& layer : recurrence.layers) {
    if (layer.cell.defined()) state.rows.push_back(layer.cell);
  }
  if (recurrence.feed.defined()) state.rows.push_back(recurrence.feed);
  return state;
}

RnnDecoderImpl::Recurrence RnnDecoderImpl::unpack(const SublayerState& state) const {
  Recurrence recurrence;
  const std::size_t layers = layers_.size();
  const bool has_cells = options_.cell == CellKind::lstm;
  for (std::size_t i = 0; i < layers; ++i)
    recurrence.layers.push_back(
        {state.rows.at(i), has_cells ? state.rows.at(layers + i) : Tensor()});
  if (options_.input_feeding) recurrence.feed = state.rows.back();
  return recurrence;
}

DecoderState RnnDecoderImpl::start(const EncoderOutput& source) {
  DecoderState state;
  state.sublayers.push_back(pack(first_recurrence(source), project(source)));
  return state;
}

Tensor RnnDecoderImpl::step(const Tensor& ids, DecoderState& state,
                            std::vector<AttentionRecord>* records) {
  const ForwardContext forward;
  const Tensor embedded = embedding_->forward(ids.unsqueeze(1), state.step, forward).squeeze(1);
  SublayerState& own = state.sublayers.at(0);
  Recurrence recurrence = unpack(own);
  const StepContext context{own.memory, forward, records != nullptr, state.step};
  const StepOutput output = advance(embedded, recurrence, context);
  Tensor out = read_out(output.state, output.context(), embedded, forward);
  if (options_.input_feeding) recurrence.feed = out;
  if (records != nullptr && attends()) records->push_back(record_of(*attention_, output.attended));
  own.rows = pack(recurrence, {}).rows;
  ++state.step;
  return out;
}

}  // namespace regard
