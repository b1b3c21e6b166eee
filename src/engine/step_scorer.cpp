#include "regard/engine/step_scorer.h"

#include "mean_probabilities.h"

namespace regard {

void TimedScorer::start(const TokenBatch& source) {
  const ProfileSpan span(profile_, "encoder");
  inner_.start(source);
}

ScoreRows TimedScorer::next(Indices ids) {
  const ProfileSpan span(profile_, "decoder step");
  return inner_.next(ids);
}

void TimedScorer::reorder(Indices rows) {
  const ProfileSpan span(profile_, "reordering");
  inner_.reorder(rows);
}

void TimedScorer::keep(Indices sentences, Indices rows) {
  const ProfileSpan span(profile_, "reordering");
  inner_.keep(sentences, rows);
}

void EnsembleScorer::start(const TokenBatch& source) {
  for (std::size_t i = 0; i < members_.size(); ++i)
    members_[i]->start(sources_.empty() ? source : sources_[i]);
}

ScoreRows EnsembleScorer::next(Indices ids) {
  std::vector<ScoreRows> all;
  for (const auto& member : members_)
    all.push_back(member->next(ids));
  const ScoreRows& first = all.front();
  mean_.resize(static_cast<std::size_t>(first.rows * first.vocabulary));
  write_mean(all, mean_.data());
  return {mean_.data(), first.rows, first.vocabulary};
}

void EnsembleScorer::reorder(Indices rows) {
  for (const auto& member : members_)
    member->reorder(rows);
}

void EnsembleScorer::keep(Indices sentences, Indices rows) {
  for (const auto& member : members_)
    member->keep(sentences, rows);
}

}  // namespace regard
