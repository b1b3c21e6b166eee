#include "packed_decoder.h"

#include <numeric>
#include <stdexcept>

#include "regard/core/strings.h"

#include "row_functions.h"

namespace regard {

void PackedDecoder::start(const TokenBatch& source) {
  source_ = encode(weights_, source);
  sublayers_.clear();
  for (const PackedDecoderSublayer& each : weights_.decoder)
    sublayers_.push_back(each.sublayer->start(source_));
  source_.states = FloatBuffer();
  hypotheses_.open.resize(source_.first.size());
  std::iota(hypotheses_.open.begin(), hypotheses_.open.end(), 0);
  hypotheses_.past.assign(hypotheses_.open.size(), {});
}

FloatBuffer PackedDecoder::embed(Indices ids) {
  const std::int64_t step = hypotheses_.steps();
  const PositionTable positions = weights_.target.positions(step + 1);
  FloatBuffer x(rows() * weights_.dim);
  for (std::int64_t row = 0; row < rows(); ++row) {
    const auto at = static_cast<std::size_t>(row);
    weights_.target.write(ids[at], step, positions, x.data() + row * weights_.dim);
    hypotheses_.past[at].push_back(static_cast<std::int32_t>(row));
  }
  return x;
}

FloatBuffer PackedDecoder::step(Indices ids) {
  if (std::ssize(ids) != rows())
    throw std::logic_error(str("scorer: ", ids.size(), " tokens for ", rows(), " rows"));
  FloatBuffer states = embed(ids);
  const StackNorm& norm = weights_.decoder_norm;
  ResidualRows residual(norm, rows(), weights_.dim, states.data());
  StepInput input{source_, hypotheses_};
  for (std::size_t i = 0; i < sublayers_.size(); ++i) {
    const PackedDecoderSublayer& each = weights_.decoder[i];
    const ProfileSpan span(profile_, each.kind->name.c_str());
    if (recorder_of && each.kind->looks_at_source) input.recorder = recorder_of(each.name);
    sublayers_[i]->step(input, residual);
    input.recorder = nullptr;
  }
  if (weights_.decoder_final_norm) {
    normalise_rows(states.data(), rows(), *weights_.decoder_final_norm, norm.epsilon,
                   states.data());
  }
  return states;
}

void PackedDecoder::reorder(Indices rows) {
  std::vector<std::vector<std::int32_t>> past;
  past.reserve(rows.size());
  for (const std::int64_t row : rows)
    past.push_back(hypotheses_.past.at(static_cast<std::size_t>(row)));
  hypotheses_.past = std::move(past);
  for (const auto& sublayer : sublayers_)
    sublayer->reorder(rows);
}

void PackedDecoder::keep(Indices sentences, Indices rows) {
  std::vector<std::int64_t> open;
  for (const std::int64_t sentence : sentences)
    open.push_back(hypotheses_.open.at(static_cast<std::size_t>(sentence)));
  hypotheses_.open = std::move(open);
  reorder(rows);
}

}  // namespace regard
