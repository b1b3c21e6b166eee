#include "align/pair_posteriors.h"

#include <span>

namespace regard {
namespace {

constexpr Direction kDirections[] = {Direction::forward, Direction::reverse};

void set_forms(const ParallelSide& side, std::int64_t line, std::vector<std::int32_t>& forms) {
  forms.clear();
  for (const std::int32_t word : side.line(line))
    forms.push_back(side.words().form_of(word));
}

/// The most probable source word of a target word; -1 = none.
std::int64_t best_source(const SentenceMatrix& posteriors, std::int64_t target) {
  std::int64_t best = -1;
  float most = posteriors.nulls[target];
  for (std::int64_t source = 0; source < posteriors.num_sources; ++source) {
    if (posteriors.at(target, source) <= most) continue;
    most = posteriors.at(target, source);
    best = source;
  }
  return best;
}

}  // namespace

bool PairPosteriors::load(const ParallelText& text, std::int64_t pair, const PairTable& table) {
  set_forms(text.source, pair, sources_);
  set_forms(text.target, pair, targets_);
  if (sources_.empty() || targets_.empty()) return false;
  const auto num_sources = std::ssize(sources_);
  const auto num_targets = std::ssize(targets_);
  places_.resize(num_sources * num_targets);
  translation_[0].resize(num_targets, num_sources);
  translation_[1].resize(num_sources, num_targets);
  for (std::int64_t i = 0; i < num_sources; ++i) {
    for (std::int64_t j = 0; j < num_targets; ++j) {
      const std::int64_t place = table.find(sources_[i], targets_[j]);
      places_[j * num_sources + i] = place;
      translation_[0].at(j, i) = table.probability(Direction::forward, place);
      translation_[1].at(i, j) = table.probability(Direction::reverse, place);
    }
    translation_[1].nulls[i] = table.null_probability(Direction::reverse, sources_[i]);
  }
  for (std::int64_t j = 0; j < num_targets; ++j)
    translation_[0].nulls[j] = table.null_probability(Direction::forward, targets_[j]);
  return true;
}

void PairPosteriors::compute(PassKind kind, const JumpTables& jumps, const AlignOptions& options) {
  for (const Direction direction : kDirections) {
    const auto at = static_cast<std::size_t>(direction);
    if (kind == PassKind::hmm) {
      log_probability[at] = hmm_.posteriors(translation_[at], jumps[at], options.null,
                                            posteriors_[at], jump_counts[at]);
    } else {
      const double tension = kind == PassKind::lexical ? 0 : options.tension;
      log_probability[at] =
          diagonal_posteriors(translation_[at], {tension, options.null}, posteriors_[at]);
    }
  }
}

void PairPosteriors::count(PairTable& table) const {
  const SentenceMatrix& forward = posteriors_[0];
  const SentenceMatrix& reverse = posteriors_[1];
  for (std::int64_t j = 0; j < forward.num_targets; ++j) {
    table.count_null(Direction::forward, targets_[j], forward.nulls[j]);
    for (std::int64_t i = 0; i < forward.num_sources; ++i) {
      const std::int64_t place = places_[j * forward.num_sources + i];
      table.count(Direction::forward, place, forward.at(j, i));
      table.count(Direction::reverse, place, reverse.at(i, j));
    }
  }
  for (std::int64_t i = 0; i < forward.num_sources; ++i)
    table.count_null(Direction::reverse, sources_[i], reverse.nulls[i]);
}

DirectedLinks PairPosteriors::best_links() const {
  DirectedLinks links;
  for (std::int64_t target = 0; target < posteriors_[0].num_targets; ++target) {
    const std::int64_t source = best_source(posteriors_[0], target);
    if (source >= 0) links.forward.emplace_back(source, target);
  }
  for (std::int64_t source = 0; source < posteriors_[1].num_targets; ++source) {
    const std::int64_t target = best_source(posteriors_[1], source);
    if (target >= 0) links.reverse.emplace_back(source, target);
  }
  return links;
}

}  // namespace regard
