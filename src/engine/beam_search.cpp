#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>

#include "regard/engine/search.h"

#include "search_common.h"
#include "top_candidates.h"

namespace regard {

namespace {

/// An open hypothesis; its row in the scorer is its index in the order of all beams.
struct Beam {
  std::vector<std::int32_t> tokens;
  double log_probability = 0;
};

struct SentenceSearch {
  std::int64_t sentence = 0;  // in the batch
  std::int64_t max_length = 0;
  std::span<const std::int32_t> prefix;
  std::vector<Beam> beams;
  std::vector<Hypothesis> finished;  // best first, as many as the stop rule looks at
  std::int64_t num_finished = 0;     // all that ever ended
};

double best_open(const std::vector<Beam>& beams) {
  double best = -std::numeric_limits<double>::infinity();
  for (const Beam& beam : beams)
    best = std::max(best, beam.log_probability);
  return best;
}

/// What one step chose: for every new row the old row it continues, and the token it reads next.
struct Continuation {
  std::vector<std::int64_t> parents;
  std::vector<std::int64_t> tokens;
};

class BeamSearch {
 public:
  BeamSearch(StepScorer& scorer, const TokenRoles& roles, const SearchOptions& options)
      : scorer_(scorer), roles_(roles), options_(options) {}

  std::vector<std::vector<Hypothesis>> run(const SearchInput& input, const StopFlag* stop);

 private:
  std::vector<std::vector<Candidate>> best_candidates(const std::vector<std::int64_t>& last);
  void advance(SentenceSearch& search, const std::vector<Candidate>& candidates,
               std::int64_t first_row, Continuation& next);
  void finish(SentenceSearch& search, std::vector<std::int32_t> tokens, double log_probability);
  bool is_done(const SentenceSearch& search) const;
  bool can_still_win(const SentenceSearch& search) const;
  void retire(Continuation& next, std::vector<std::vector<Hypothesis>>& results);

  StepScorer& scorer_;
  const TokenRoles& roles_;
  const SearchOptions& options_;
  std::vector<SentenceSearch> open_;
  std::int64_t width_ = 1;  // rows per sentence: 1 at the first step, then the beam size
};

/// The best 2 * beam_size continuations of every open sentence: at most beam_size of them can be
/// end marks, so beam_size open ones always remain.
std::vector<std::vector<Candidate>> BeamSearch::best_candidates(
    const std::vector<std::int64_t>& last) {
  const ScoreRows scores = scorer_.next(last);
  std::vector<float> so_far;
  std::vector<OpenRow> rows;
  for (const SentenceSearch& search : open_) {
    for (const Beam& beam : search.beams) {
      so_far.push_back(static_cast<float>(beam.log_probability));
      rows.push_back({beam.tokens, search.prefix, search.max_length});
    }
  }
  constrain(scores, rows, roles_, options_);
  return top_candidates(scores, so_far, width_, 2 * options_.beam_size);
}

void BeamSearch::finish(SentenceSearch& search, std::vector<std::int32_t> tokens,
                        double log_probability) {
  const auto length = static_cast<std::int64_t>(tokens.size()) + 1;
  const double score = options_.length_penalty.apply(log_probability, length);
  auto& finished = search.finished;
  const auto place = std::find_if(finished.begin(), finished.end(),
                                  [&](const Hypothesis& other) { return other.score < score; });
  finished.insert(place, Hypothesis{std::move(tokens), log_probability, score});
  ++search.num_finished;
  const std::int64_t kept =
      options_.stop == StopRule::exact ? options_.num_best : options_.beam_size;
  if (static_cast<std::int64_t>(finished.size()) > kept) finished.pop_back();
}

/// Sorts the candidates of one sentence into finished hypotheses and new beams. `first_row` is the
/// sentence's first row.
void BeamSearch::advance(SentenceSearch& search, const std::vector<Candidate>& candidates,
                         std::int64_t first_row, Continuation& next) {
  std::vector<Beam> beams;
  std::int64_t rank = 0;
  for (const Candidate& candidate : candidates) {
    if (static_cast<std::int64_t>(beams.size()) == options_.beam_size) break;
    const Beam& from = search.beams[static_cast<std::size_t>(candidate.row)];
    const bool is_in_beam = rank++ < options_.beam_size;
    if (candidate.token == roles_.target_end) {
      // An end mark below the beam would not have been kept as an open hypothesis either.
      if (is_in_beam) finish(search, from.tokens, candidate.score);
      continue;
    }
    Beam beam{from.tokens, candidate.score};
    beam.tokens.push_back(static_cast<std::int32_t>(candidate.token));
    beams.push_back(std::move(beam));
    next.parents.push_back(first_row + candidate.row);
    next.tokens.push_back(candidate.token);
  }
  search.beams = std::move(beams);
}

/// Whether an open hypothesis may still enter the num_best: scores are monotonic in the length for
/// a given sum, so one of the two ends is the bound.
bool BeamSearch::can_still_win(const SentenceSearch& search) const {
  const auto now = static_cast<std::int64_t>(search.beams.front().tokens.size()) + 1;
  const double best = best_open(search.beams);
  const double bound = std::max(options_.length_penalty.apply(best, now),
                                options_.length_penalty.apply(best, search.max_length + 1));
  return bound > search.finished.back().score;
}

bool BeamSearch::is_done(const SentenceSearch& search) const {
  if (search.beams.empty()) return true;
  if (options_.stop == StopRule::exact || options_.beam_size == 1) {
    if (search.num_finished < options_.num_best) return false;
    // Width one is greedy search: an end mark that was the most probable token is its result.
    return options_.beam_size == 1 || !can_still_win(search);
  }
  if (search.num_finished < options_.beam_size) return false;
  if (options_.stop == StopRule::finished) return true;
  const auto length = static_cast<std::int64_t>(search.beams.front().tokens.size());
  return options_.length_penalty.apply(best_open(search.beams), length) <=
         search.finished.back().score;
}

/// Takes finished sentences out of the batch, and fills short beams so that every sentence has the
/// same width.
void BeamSearch::retire(Continuation& next, std::vector<std::vector<Hypothesis>>& results) {
  std::vector<SentenceSearch> remaining;
  std::vector<std::int64_t> sentences;
  Continuation kept;
  std::size_t row = 0;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    SentenceSearch& search = open_[i];
    const std::size_t rows = search.beams.size();
    if (is_done(search)) {
      const auto wanted = static_cast<std::size_t>(options_.num_best);
      if (search.finished.size() > wanted) search.finished.resize(wanted);
      // Probabilities that are not finite leave no candidate: such a model says nothing.
      constexpr double kWorst = -std::numeric_limits<double>::infinity();
      if (search.finished.empty()) search.finished.push_back({{}, kWorst, kWorst});
      results[static_cast<std::size_t>(search.sentence)] = std::move(search.finished);
    } else {
      sentences.push_back(static_cast<std::int64_t>(i));
      for (std::int64_t beam = 0; beam < options_.beam_size; ++beam) {
        const std::size_t from = row + std::min(static_cast<std::size_t>(beam), rows - 1);
        kept.parents.push_back(next.parents[from]);
        kept.tokens.push_back(next.tokens[from]);
      }
      // A beam without a continuation of its own can never be chosen.
      Beam dead = search.beams.back();
      dead.log_probability = -std::numeric_limits<double>::infinity();
      search.beams.resize(static_cast<std::size_t>(options_.beam_size), dead);
      remaining.push_back(std::move(search));
    }
    row += rows;
  }
  const bool is_smaller = remaining.size() < open_.size();
  open_ = std::move(remaining);
  next = std::move(kept);
  if (open_.empty()) return;
  if (is_smaller) {
    scorer_.keep(sentences, next.parents);
  } else {
    scorer_.reorder(next.parents);
  }
}

std::vector<std::vector<Hypothesis>> BeamSearch::run(const SearchInput& input,
                                                     const StopFlag* stop) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(input.source.size()); ++i) {
    const auto sentence = static_cast<std::int64_t>(i);
    open_.push_back({sentence,
                     limit_of(input, options_, i, input.source.length(sentence)),
                     prefix_of(input, i),
                     {Beam{}},
                     {},
                     0});
  }
  std::vector<std::vector<Hypothesis>> results(open_.size());
  scorer_.start(input.source);
  std::vector<std::int64_t> last(open_.size(), roles_.decoder_start);
  while (!open_.empty()) {
    if (stop != nullptr && stop->is_requested()) return {};
    const auto candidates = best_candidates(last);
    Continuation next;
    for (std::size_t i = 0; i < open_.size(); ++i)
      advance(open_[i], candidates[i], static_cast<std::int64_t>(i) * width_, next);
    retire(next, results);
    width_ = options_.beam_size;
    last = next.tokens;
  }
  return results;
}

}  // namespace

std::vector<std::vector<Hypothesis>> beam_search(StepScorer& scorer, const SearchInput& input,
                                                 const TokenRoles& roles,
                                                 const SearchOptions& options,
                                                 const StopFlag* stop) {
  if (options.beam_size < 1 || options.num_best < 1 || options.num_best > options.beam_size)
    throw std::invalid_argument("beam search: num_best must be between 1 and the beam size");
  return BeamSearch(scorer, roles, options).run(input, stop);
}

}  // namespace regard
