#include "row_search.h"

#include <algorithm>

#include "search_common.h"

namespace regard {

namespace {

struct OpenSentence {
  std::size_t sentence = 0;
  std::int64_t max_length = 0;
  std::vector<bool> is_done;  // per row
};

class RowSearch {
 public:
  RowSearch(StepScorer& scorer, const SearchInput& input, const TokenRoles& roles,
            const SearchOptions& options, std::int64_t rows)
      : scorer_(scorer), input_(input), roles_(roles), options_(options), rows_(rows) {}

  std::vector<std::vector<Hypothesis>> run(const ChooseToken& choose, const StopFlag* stop);

 private:
  void open();
  void extend(const ScoreRows& log_probabilities, std::int64_t step, const ChooseToken& choose);
  void retire();

  StepScorer& scorer_;
  const SearchInput& input_;
  const TokenRoles& roles_;
  const SearchOptions& options_;
  std::int64_t rows_;
  std::vector<OpenSentence> open_;
  std::vector<std::int64_t> last_;  // token each row of the scorer reads next
  std::vector<std::vector<Hypothesis>> result_;
};

void RowSearch::open() {
  const auto width = static_cast<std::size_t>(rows_);
  std::vector<std::int64_t> origins;
  for (std::int64_t i = 0; i < input_.source.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    open_.push_back({at, limit_of(input_, options_, at, input_.source.length(i)),
                     std::vector<bool>(width, false)});
    origins.insert(origins.end(), width, i);
  }
  result_.assign(open_.size(), std::vector<Hypothesis>(width));
  last_.assign(origins.size(), roles_.decoder_start);
  scorer_.start(input_.source);
  if (rows_ > 1) scorer_.reorder(origins);
}

/// Appends the chosen token to each hypothesis that is not complete. A complete one reads its end
/// mark again and again until the sentence leaves the batch.
void RowSearch::extend(const ScoreRows& log_probabilities, std::int64_t step,
                       const ChooseToken& choose) {
  std::vector<OpenRow> rows;
  for (const OpenSentence& open : open_) {
    for (const Hypothesis& hypothesis : result_[open.sentence])
      rows.push_back({hypothesis.tokens, prefix_of(input_, open.sentence), open.max_length});
  }
  constrain(log_probabilities, rows, roles_, options_);
  const std::int64_t vocabulary = log_probabilities.vocabulary;
  const float* scores = log_probabilities.values;
  std::size_t at = 0;
  for (OpenSentence& open : open_) {
    for (std::size_t row = 0; row < open.is_done.size(); ++row, ++at, scores += vocabulary) {
      last_[at] = roles_.target_end;
      if (open.is_done[row]) continue;
      const std::int64_t token =
          choose(scores, vocabulary, {open.sentence, static_cast<std::int64_t>(row), step});
      Hypothesis& hypothesis = result_[open.sentence][row];
      hypothesis.log_probability += scores[token];
      // Among probabilities that are not finite the end mark may never be found.
      open.is_done[row] =
          token == roles_.target_end || std::ssize(hypothesis.tokens) >= open.max_length;
      if (open.is_done[row]) continue;
      hypothesis.tokens.push_back(static_cast<std::int32_t>(token));
      last_[at] = token;
    }
  }
}

/// Takes the sentences out of the batch whose hypotheses are all complete.
void RowSearch::retire() {
  std::vector<OpenSentence> still_open;
  std::vector<std::int64_t> sentences;
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> last;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const auto& is_done = open_[i].is_done;
    if (std::all_of(is_done.begin(), is_done.end(), [](bool done) { return done; })) continue;
    sentences.push_back(static_cast<std::int64_t>(i));
    for (std::int64_t row = 0; row < rows_; ++row) {
      rows.push_back(static_cast<std::int64_t>(i) * rows_ + row);
      last.push_back(last_[static_cast<std::size_t>(rows.back())]);
    }
    still_open.push_back(std::move(open_[i]));
  }
  if (!still_open.empty() && still_open.size() < open_.size()) scorer_.keep(sentences, rows);
  open_ = std::move(still_open);
  last_ = std::move(last);
}

std::vector<std::vector<Hypothesis>> RowSearch::run(const ChooseToken& choose,
                                                    const StopFlag* stop) {
  open();
  for (std::int64_t step = 0; !open_.empty(); ++step) {
    if (stop != nullptr && stop->is_requested()) return {};
    extend(scorer_.next(last_), step, choose);
    retire();
  }
  for (auto& hypotheses : result_) {
    for (Hypothesis& hypothesis : hypotheses) {
      const auto length = static_cast<std::int64_t>(hypothesis.tokens.size()) + 1;
      hypothesis.score = options_.length_penalty.apply(hypothesis.log_probability, length);
    }
  }
  return std::move(result_);
}

}  // namespace

std::vector<std::vector<Hypothesis>> search_rows(StepScorer& scorer, const SearchInput& input,
                                                 const TokenRoles& roles,
                                                 const SearchOptions& options, std::int64_t rows,
                                                 const ChooseToken& choose, const StopFlag* stop) {
  return RowSearch(scorer, input, roles, options, rows).run(choose, stop);
}

}  // namespace regard
