#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regard/align/parallel_text.h"

namespace regard {

/// Which target forms stand together with a source form, and how often, from an index of the
/// sentences of each source form (4 bytes a word, for as long as this lives).
class PairSurvey {
 public:
  explicit PairSurvey(const ParallelText& text);

  /// Partners of one source form. A thread has one of its own: 12 bytes a target form.
  class Partners {
   public:
    explicit Partners(const PairSurvey& survey);

    /// The target forms of `source` in the order of their first occurrence; valid until the next
    /// call.
    std::span<const std::int32_t> of(std::int32_t source);
    /// How rarely a partner of the last source form stands with it, in quarters of a halving of
    /// the coefficient of Dice 2c / (a + b): 0 = always together, kLevels - 1 = hardly ever.
    int level(std::int32_t target) const;

   private:
    const PairSurvey& survey_;
    std::int32_t source_ = 0;
    std::vector<std::int32_t> partners_;
    std::vector<std::int32_t> seen_for_;  ///< the source form that a target form was last seen for
    std::vector<std::int32_t> together_;  ///< sentences with both
    std::vector<std::uint32_t> counted_in_;  ///< the last sentence that was counted, from 1
  };

  static constexpr int kLevels = 128;

  std::int32_t num_source_forms() const { return text_.source.words().num_forms(); }
  std::int32_t num_target_forms() const { return text_.target.words().num_forms(); }

 private:
  std::span<const std::uint32_t> sentences_of(std::int32_t source) const {
    return std::span(sentences_).subspan(begins_[source], begins_[source + 1] - begins_[source]);
  }

  const ParallelText& text_;
  std::vector<std::uint64_t> begins_;
  std::vector<std::uint32_t> sentences_;
  std::vector<std::int32_t> target_sentences_;  ///< of each target form
};

}  // namespace regard
