#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace regard {

/// One direction of one sentence pair: each word of the generated side ("target") comes from one
/// word of the other ("source") or from none.
struct SentenceMatrix {
  std::int64_t num_sources = 0;  ///< at least 1
  std::int64_t num_targets = 0;  ///< at least 1
  std::vector<float> values;     ///< [targets, sources]
  std::vector<float> nulls;      ///< [targets]: for no source word

  void resize(std::int64_t targets, std::int64_t sources);
  float& at(std::int64_t target, std::int64_t source) {
    return values[target * num_sources + source];
  }
  float at(std::int64_t target, std::int64_t source) const {
    return values[target * num_sources + source];
  }
};

/// Probabilities of jumps between the source words of successive target words, and of the first
/// source word. Distances beyond the reach are as probable as those at its end.
struct JumpTable {
  static constexpr int kReach = 30;
  static constexpr int kNumStarts = 31;

  std::array<double, 2 * kReach + 1> jumps;  ///< by distance + kReach
  std::array<double, kNumStarts> starts;     ///< by the first source word, counted from 0

  static int jump_index(std::int64_t distance);
  static int start_index(std::int64_t word);

  /// Small jumps forward: what training begins with.
  static JumpTable at_first();
};

/// Counts of jumps as whole numbers, 1 = 2^-20: their sum does not depend on the order.
struct JumpCounts {
  std::array<std::uint64_t, 2 * JumpTable::kReach + 1> jumps{};
  std::array<std::uint64_t, JumpTable::kNumStarts> starts{};

  void add(const JumpCounts& other);
  /// Relative frequencies, after a few counts of JumpTable::at_first().
  JumpTable estimate() const;
};

/// p(a_j = i) of IBM models 1 and 2. `tension` 0 is model 1 (Brown et al. 1993): all source words
/// are equally likely; above, exp(-tension |i/I - j/J|), normalised over i, prefers the diagonal
/// (Dyer, Chahuneau and Smith 2013, equation 2). No source word has `null`.
struct DiagonalModel {
  double tension = 0;
  double null = 0.08;
};

/// Posterior probabilities of the links of a sentence, p(a_j = i | sentence pair), given its
/// translation probabilities. Returns the logarithm of the probability of the target words.
double diagonal_posteriors(const SentenceMatrix& translation, const DiagonalModel& model,
                           SentenceMatrix& posteriors);

/// The hidden Markov model of Vogel, Ney and Tillmann (1996): the source word of a target word
/// depends on that of the one before it by their distance. A target word without a source word
/// (probability `null`) keeps the one before it (Och and Ney 2003, section 2.1). Holds scratch
/// memory; one for each thread.
class HiddenMarkovModel {
 public:
  /// Posterior probabilities by the forward-backward algorithm, in time targets x sources^2.
  /// Returns the logarithm of the probability; the expected jumps are added to `counts`.
  double posteriors(const SentenceMatrix& translation, const JumpTable& table, double null,
                    SentenceMatrix& posteriors, JumpCounts& counts);

 private:
  void set_transitions(std::int64_t num_sources, const JumpTable& table);
  double forward(const SentenceMatrix& translation, double null);
  void backward(const SentenceMatrix& translation, double null, SentenceMatrix& posteriors);
  void count_jumps(std::int64_t num_sources, JumpCounts& counts) const;

  /// State 0 is before the first source word, state i + 1 at source word i.
  std::int64_t num_states_ = 0;
  std::vector<float> transitions_;  ///< [states, sources]
  std::vector<float> real_;         ///< [targets, sources], forward, scaled
  std::vector<float> empty_;        ///< [targets, states], forward without a source word, scaled
  std::vector<float> before_;    ///< [targets, states], the sum of both at the target word before
  std::vector<float> scales_;    ///< [targets]
  std::vector<float> after_;     ///< [states], backward
  std::vector<float> emission_;  ///< [sources]
  std::vector<float> flow_;      ///< [states, sources], expected jumps without the transition
};

}  // namespace regard
