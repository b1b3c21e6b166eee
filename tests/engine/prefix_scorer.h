#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "regard/core/random.h"
#include "regard/engine/search.h"

namespace regard::test {

using Ids = std::vector<std::int64_t>;

/// Log-probabilities as a fixed random function of the source and everything read so far. It holds
/// the search to its promises about rows: grouped by sentence, the start mark first.
class PrefixScorer final : public StepScorer {
 public:
  PrefixScorer(std::int64_t vocabulary, std::uint64_t seed)
      : vocabulary_(vocabulary), seed_(seed) {}

  std::vector<double> log_probabilities(const Ids& source, const Ids& prefix) const {
    std::uint64_t seed = seed_;
    for (const Ids* ids : {&source, &prefix}) {
      for (const std::int64_t id : *ids)
        seed = derive_seed({seed, static_cast<std::uint64_t>(id)});
      seed = derive_seed({seed, 1u << 20});
    }
    RandomStream random(seed);
    std::vector<double> values(static_cast<std::size_t>(vocabulary_));
    double sum = 0;
    for (double& value : values) {
      value = 3.0 * random.uniform();
      sum += std::exp(value);
    }
    for (double& value : values)
      value -= std::log(sum);
    return values;
  }

  void start(const TokenBatch& source) override {
    for (std::int64_t row = 0; row < source.size(); ++row) {
      const TokenSpan ids = source.sentence(row);
      sources_.emplace_back(ids.begin(), ids.end());
      rows_.push_back({sources_.back(), {}});
    }
  }
  ScoreRows next(Indices ids) override {
    rows_of_calls.push_back(static_cast<std::int64_t>(rows_.size()));
    if (on_next) on_next(rows_of_calls.size());
    EXPECT_EQ(ids.size(), rows_.size());
    scores_.clear();
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      rows_[row].prefix.push_back(ids[row]);
      EXPECT_EQ(rows_[row].prefix.front(), 2);
      for (const double value : log_probabilities(rows_[row].source, rows_[row].prefix))
        scores_.push_back(static_cast<float>(value));
    }
    return {scores_.data(), std::ssize(rows_), vocabulary_};
  }
  void reorder(Indices rows) override {
    std::vector<Row> chosen;
    for (const std::int64_t row : rows)
      chosen.push_back(rows_.at(static_cast<std::size_t>(row)));
    rows_ = std::move(chosen);
    ASSERT_EQ(rows_.size() % sources_.size(), 0u);
    const std::size_t width = rows_.size() / sources_.size();
    for (std::size_t i = 0; i < rows_.size(); ++i)
      ASSERT_EQ(rows_[i].source, sources_[i / width]);
  }
  void keep(Indices sentences, Indices rows) override {
    std::vector<Ids> kept;
    for (const std::int64_t sentence : sentences)
      kept.push_back(sources_.at(static_cast<std::size_t>(sentence)));
    sources_ = std::move(kept);
    reorder(rows);
  }

  std::function<void(std::size_t call)> on_next;
  Ids rows_of_calls;

 private:
  struct Row {
    Ids source;
    Ids prefix;
  };
  std::int64_t vocabulary_;
  std::uint64_t seed_;
  std::vector<float> scores_;
  std::vector<Ids> sources_;
  std::vector<Row> rows_;
};

/// The source of a sentence as PrefixScorer sees it.
inline Ids with_end(const std::vector<std::int32_t>& tokens) {
  Ids ids(tokens.begin(), tokens.end());
  ids.push_back(3);
  return ids;
}

inline Hypothesis ended(std::vector<std::int32_t> tokens, double log_probability,
                        const SearchOptions& options) {
  const auto length = static_cast<std::int64_t>(tokens.size()) + 1;
  const double score = options.length_penalty.apply(log_probability, length);
  return {std::move(tokens), log_probability, score};
}

inline void sort_by_score(std::vector<Hypothesis>& hypotheses) {
  std::stable_sort(hypotheses.begin(), hypotheses.end(),
                   [](const Hypothesis& a, const Hypothesis& b) { return a.score > b.score; });
}

/// Beam search over one sentence as a textbook has it: no batch, and an early end only where the
/// stop rule is defined by one.
class Textbook {
 public:
  Textbook(const PrefixScorer& scorer, const SearchOptions& options, const TokenRoles& roles)
      : scorer_(scorer), options_(options), roles_(roles) {}

  /// `beam_size` far above the number of prefixes makes it an exhaustive search.
  std::vector<Hypothesis> search(const Ids& source, std::size_t beam_size) const {
    const auto limit = max_target_length(options_, static_cast<std::int64_t>(source.size()));
    std::vector<Hypothesis> finished;
    std::vector<Hypothesis> open = {{}};
    for (std::int64_t step = 0; step <= limit && !open.empty(); ++step) {
      std::vector<Candidate> candidates = extend(source, open, step, limit);
      std::vector<Hypothesis> next;
      for (std::size_t rank = 0; rank < candidates.size() && next.size() < beam_size; ++rank) {
        Hypothesis hypothesis = open[candidates[rank].parent];
        hypothesis.log_probability = candidates[rank].log_probability;
        if (candidates[rank].token == roles_.target_end) {
          if (rank < beam_size) {
            finished.push_back(ended(hypothesis.tokens, hypothesis.log_probability, options_));
          }
          continue;
        }
        hypothesis.tokens.push_back(static_cast<std::int32_t>(candidates[rank].token));
        next.push_back(std::move(hypothesis));
      }
      open = std::move(next);
      if (ends_here(finished, open, beam_size)) break;
    }
    sort_by_score(finished);
    return finished;
  }

 private:
  bool ends_here(std::vector<Hypothesis> finished, const std::vector<Hypothesis>& open,
                 std::size_t beam_size) const {
    if (options_.stop == StopRule::exact || finished.size() < beam_size || open.empty())
      return false;
    if (options_.stop == StopRule::finished) return true;
    sort_by_score(finished);
    const auto length = static_cast<std::int64_t>(open.front().tokens.size());
    const double best_open = options_.length_penalty.apply(open.front().log_probability, length);
    return best_open <= finished[beam_size - 1].score;
  }

  struct Candidate {
    std::size_t parent;
    std::int64_t token;
    double log_probability;
  };

  std::vector<Candidate> extend(const Ids& source, const std::vector<Hypothesis>& open,
                                std::int64_t step, std::int64_t limit) const {
    std::vector<Candidate> candidates;
    for (std::size_t parent = 0; parent < open.size(); ++parent) {
      Ids prefix = {roles_.decoder_start};
      prefix.insert(prefix.end(), open[parent].tokens.begin(), open[parent].tokens.end());
      const auto values = scorer_.log_probabilities(source, prefix);
      for (std::int64_t token = 0; token < std::ssize(values); ++token) {
        const bool is_end = token == roles_.target_end;
        const bool is_suppressed =
            std::count(roles_.suppressed.begin(), roles_.suppressed.end(), token);
        if (is_suppressed || (is_end ? step < options_.min_length : step == limit)) continue;
        candidates.push_back(
            {parent, token,
             open[parent].log_probability + values[static_cast<std::size_t>(token)]});
      }
    }
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return a.log_probability > b.log_probability;
    });
    return candidates;
  }

  const PrefixScorer& scorer_;
  const SearchOptions& options_;
  const TokenRoles& roles_;
};

}  // namespace regard::test
