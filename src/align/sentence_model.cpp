#include "align/sentence_model.h"

#include <algorithm>
#include <cmath>

namespace regard {
namespace {

constexpr double kJumpUnit = 1048576.0;
/// No probability of a sentence is 0, whatever its words.
constexpr float kTiny = 1e-30F;

std::uint64_t to_units(float weight) {
  return static_cast<std::uint64_t>(static_cast<double>(weight) * kJumpUnit);
}

/// Relative frequencies after `prior`, which counts as much as one sentence.
template <std::size_t size>
void estimate_from(const std::array<std::uint64_t, size>& counts, std::array<double, size>& prior) {
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    prior[i] += static_cast<double>(counts[i]) / kJumpUnit;
    sum += prior[i];
  }
  for (double& value : prior)
    value /= sum;
}

}  // namespace

void SentenceMatrix::resize(std::int64_t targets, std::int64_t sources) {
  num_targets = targets;
  num_sources = sources;
  values.resize(targets * sources);
  nulls.resize(targets);
}

int JumpTable::jump_index(std::int64_t distance) {
  return static_cast<int>(std::clamp<std::int64_t>(distance, -kReach, kReach)) + kReach;
}

int JumpTable::start_index(std::int64_t word) {
  return static_cast<int>(std::min<std::int64_t>(word, kNumStarts - 1));
}

JumpTable JumpTable::at_first() {
  constexpr double kWidth = 2;
  JumpTable table;
  for (int distance = -kReach; distance <= kReach; ++distance)
    table.jumps[distance + kReach] = std::exp(-std::abs(distance - 1) / kWidth) + 1e-3;
  for (int word = 0; word < kNumStarts; ++word)
    table.starts[word] = std::exp(-word / kWidth) + 1e-3;
  return table;
}

void JumpCounts::add(const JumpCounts& other) {
  for (std::size_t i = 0; i < jumps.size(); ++i)
    jumps[i] += other.jumps[i];
  for (std::size_t i = 0; i < starts.size(); ++i)
    starts[i] += other.starts[i];
}

JumpTable JumpCounts::estimate() const {
  JumpTable table = JumpTable::at_first();
  estimate_from(jumps, table.jumps);
  estimate_from(starts, table.starts);
  return table;
}

double diagonal_posteriors(const SentenceMatrix& translation, const DiagonalModel& model,
                           SentenceMatrix& posteriors) {
  const std::int64_t num_sources = translation.num_sources;
  const std::int64_t num_targets = translation.num_targets;
  posteriors.resize(num_targets, num_sources);
  std::vector<float> prior(num_sources, 1.0F / static_cast<float>(num_sources));
  double log_probability = 0;
  for (std::int64_t j = 0; j < num_targets; ++j) {
    if (model.tension > 0) {
      const double place = (static_cast<double>(j) + 0.5) / static_cast<double>(num_targets);
      float sum = 0;
      for (std::int64_t i = 0; i < num_sources; ++i) {
        const double other = (static_cast<double>(i) + 0.5) / static_cast<double>(num_sources);
        prior[i] = static_cast<float>(std::exp(-model.tension * std::abs(place - other)));
        sum += prior[i];
      }
      for (float& value : prior)
        value /= sum;
    }
    const auto real = static_cast<float>(1 - model.null);
    float total = static_cast<float>(model.null) * translation.nulls[j] + kTiny;
    posteriors.nulls[j] = total;
    for (std::int64_t i = 0; i < num_sources; ++i) {
      posteriors.at(j, i) = real * prior[i] * translation.at(j, i);
      total += posteriors.at(j, i);
    }
    posteriors.nulls[j] /= total;
    for (std::int64_t i = 0; i < num_sources; ++i)
      posteriors.at(j, i) /= total;
    log_probability += std::log(total);
  }
  return log_probability;
}

void HiddenMarkovModel::set_transitions(std::int64_t num_sources, const JumpTable& table) {
  num_states_ = num_sources + 1;
  transitions_.resize(num_states_ * num_sources);
  for (std::int64_t from = 0; from < num_states_; ++from) {
    float* row = &transitions_[from * num_sources];
    float sum = 0;
    for (std::int64_t to = 0; to < num_sources; ++to) {
      row[to] = static_cast<float>(from == 0 ? table.starts[JumpTable::start_index(to)]
                                             : table.jumps[JumpTable::jump_index(to - from + 1)]);
      sum += row[to];
    }
    for (std::int64_t to = 0; to < num_sources; ++to)
      row[to] /= sum;
  }
}

double HiddenMarkovModel::forward(const SentenceMatrix& translation, double null) {
  const std::int64_t num_sources = translation.num_sources;
  const std::int64_t num_targets = translation.num_targets;
  real_.assign(num_targets * num_sources, 0);
  empty_.assign(num_targets * num_states_, 0);
  before_.assign(num_targets * num_states_, 0);
  scales_.resize(num_targets);
  before_[0] = 1;
  double log_probability = 0;
  for (std::int64_t j = 0; j < num_targets; ++j) {
    const float* before = &before_[j * num_states_];
    float* real = &real_[j * num_sources];
    float* empty = &empty_[j * num_states_];
    for (std::int64_t from = 0; from < num_states_; ++from) {
      const float weight = before[from];
      const float* row = &transitions_[from * num_sources];
      for (std::int64_t to = 0; to < num_sources; ++to)
        real[to] += weight * row[to];
    }
    float sum = kTiny;
    for (std::int64_t to = 0; to < num_sources; ++to) {
      real[to] *= static_cast<float>(1 - null) * translation.at(j, to);
      sum += real[to];
    }
    const float empty_word = static_cast<float>(null) * translation.nulls[j];
    for (std::int64_t state = 0; state < num_states_; ++state) {
      empty[state] = empty_word * before[state];
      sum += empty[state];
    }
    const float scale = 1 / sum;
    for (std::int64_t to = 0; to < num_sources; ++to)
      real[to] *= scale;
    for (std::int64_t state = 0; state < num_states_; ++state)
      empty[state] *= scale;
    scales_[j] = scale;
    log_probability += std::log(sum);
    if (j + 1 == num_targets) break;
    float* next = &before_[(j + 1) * num_states_];
    next[0] = empty[0];
    for (std::int64_t i = 0; i < num_sources; ++i)
      next[i + 1] = empty[i + 1] + real[i];
  }
  return log_probability;
}

void HiddenMarkovModel::backward(const SentenceMatrix& translation, double null,
                                 SentenceMatrix& posteriors) {
  const std::int64_t num_sources = translation.num_sources;
  after_.assign(num_states_, 1);
  emission_.resize(num_sources);
  flow_.assign(num_states_ * num_sources, 0);
  for (std::int64_t j = translation.num_targets - 1; j >= 0; --j) {
    const float* real = &real_[j * num_sources];
    const float* empty = &empty_[j * num_states_];
    const float* before = &before_[j * num_states_];
    float nowhere = empty[0] * after_[0];
    for (std::int64_t i = 0; i < num_sources; ++i) {
      posteriors.at(j, i) = real[i] * after_[i + 1];
      nowhere += empty[i + 1] * after_[i + 1];
      emission_[i] =
          static_cast<float>(1 - null) * translation.at(j, i) * after_[i + 1] * scales_[j];
    }
    posteriors.nulls[j] = nowhere;
    const float empty_word = static_cast<float>(null) * translation.nulls[j] * scales_[j];
    for (std::int64_t from = 0; from < num_states_; ++from) {
      const float* row = &transitions_[from * num_sources];
      float* flow = &flow_[from * num_sources];
      const float weight = before[from];
      float sum = 0;
      for (std::int64_t to = 0; to < num_sources; ++to) {
        sum += row[to] * emission_[to];
        flow[to] += weight * emission_[to];
      }
      after_[from] = sum + empty_word * after_[from];
    }
  }
}

void HiddenMarkovModel::count_jumps(std::int64_t num_sources, JumpCounts& counts) const {
  for (std::int64_t from = 0; from < num_states_; ++from) {
    for (std::int64_t to = 0; to < num_sources; ++to) {
      const std::int64_t at = from * num_sources + to;
      const std::uint64_t units = to_units(transitions_[at] * flow_[at]);
      if (from == 0)
        counts.starts[JumpTable::start_index(to)] += units;
      else
        counts.jumps[JumpTable::jump_index(to - from + 1)] += units;
    }
  }
}

double HiddenMarkovModel::posteriors(const SentenceMatrix& translation, const JumpTable& table,
                                     double null, SentenceMatrix& posteriors, JumpCounts& counts) {
  posteriors.resize(translation.num_targets, translation.num_sources);
  set_transitions(translation.num_sources, table);
  const double log_probability = forward(translation, null);
  backward(translation, null, posteriors);
  count_jumps(translation.num_sources, counts);
  return log_probability;
}

}  // namespace regard
