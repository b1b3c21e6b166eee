#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "regard/data/stream_position.h"
#include "regard/data/text_fingerprint.h"

namespace regard {

/// A validated update and its deciding metric.
struct ScoredUpdate {
  std::int64_t update = 0;
  double value = 0;
  double loss = 0;  ///< of the same text; decides between equal values. 0 = unknown (older runs)
  friend bool operator==(const ScoredUpdate&, const ScoredUpdate&) = default;
};

/// Everything of a run that is no tensor. With the weights and the moments it is all that a resume
/// needs: random streams derive from the counters here.
struct TrainingState {
  std::int64_t update = 0;   ///< updates done, those left out for a non-finite gradient counted
  std::int64_t refused = 0;  ///< updates left out
  std::int64_t skipped = 0;  ///< updates skipped for lack of memory; counted in `update`, too
  StreamPosition position;   ///< the next micro-batch
  std::int64_t batch_tokens = 0;   ///< that `position` counts batches of; 0 = not known
  std::int64_t target_tokens = 0;  ///< seen so far, end marks included
  double seconds = 0;              ///< spent in all sessions
  std::int64_t stalled = 0;        ///< validations since the best one
  std::int64_t reductions = 0;     ///< how often schedule plateau has lowered the rate
  std::int64_t stalled_rate = 0;   ///< validations without a new best at the present rate
  double validated_at = 0;         ///< seconds when the last validation ended
  std::vector<ScoredUpdate>
      best;  ///< best first; at most checkpoint.keep_best, at least 1 once validated
  std::optional<double> start;     ///< the deciding metric before update 1, where it was measured
  std::int64_t threads = 0;        ///< bit-exact resume holds for the same number
  bool is_validation_due = false;  ///< a signal came before the validation of this update was done
  RunTexts texts;                  ///< what it was trained and validated on
  std::string finished;            ///< why the run is over; empty = it is not

  friend bool operator==(const TrainingState&, const TrainingState&) = default;
};

std::string to_json(const TrainingState& state);
/// Throws UserError naming `place`.
TrainingState training_state_from_json(const std::string& text, const std::filesystem::path& place);

}  // namespace regard
