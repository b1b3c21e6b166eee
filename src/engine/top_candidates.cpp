#include "top_candidates.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "regard/engine/parallel.h"
#include "regard/engine/vector_clones.h"

namespace regard {
namespace {

constexpr std::int64_t kBlock = 64;
constexpr int kScoreLanes = 16;
constexpr float kLowest = -std::numeric_limits<float>::infinity();

REGARD_VECTOR_CLONES
float largest_of_block(const float* values) {
  float top[kScoreLanes];
  for (int lane = 0; lane < kScoreLanes; ++lane)
    top[lane] = values[lane];
  for (std::int64_t i = kScoreLanes; i < kBlock; i += kScoreLanes) {
    for (int lane = 0; lane < kScoreLanes; ++lane)
      top[lane] = values[i + lane] > top[lane] ? values[i + lane] : top[lane];
  }
  float most = top[0];
  for (int lane = 1; lane < kScoreLanes; ++lane)
    most = top[lane] > most ? top[lane] : most;
  return most;
}

/// The best candidates so far, best first.
class Best {
 public:
  explicit Best(std::int64_t count) : count_(static_cast<std::size_t>(count)) {
    candidates_.reserve(count_ + 1);
  }

  /// Rows and tokens come in rising order, so that of equal scores the earlier one stays in front.
  void scan(const float* scores, std::int64_t vocabulary, float so_far, std::int64_t row) {
    std::int64_t token = 0;
    for (; token + kBlock <= vocabulary; token += kBlock) {
      // Adding a number keeps the order, so the block's largest sum is that of its largest value.
      if (!(largest_of_block(scores + token) + so_far > threshold())) continue;
      for (std::int64_t i = token; i < token + kBlock; ++i)
        offer({scores[i] + so_far, row, i});
    }
    for (; token < vocabulary; ++token)
      offer({scores[token] + so_far, row, token});
  }
  std::vector<Candidate> take() { return std::move(candidates_); }

 private:
  float threshold() const {
    return candidates_.size() < count_ ? kLowest : candidates_.back().score;
  }
  void offer(const Candidate& candidate) {
    if (!(candidate.score > threshold())) return;
    const auto place =
        std::upper_bound(candidates_.begin(), candidates_.end(), candidate,
                         [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    candidates_.insert(place, candidate);
    if (candidates_.size() > count_) candidates_.pop_back();
  }

  std::size_t count_;
  std::vector<Candidate> candidates_;
};

}  // namespace

std::vector<std::vector<Candidate>> top_candidates(const ScoreRows& scores,
                                                   std::span<const float> so_far,
                                                   std::int64_t width, std::int64_t count) {
  if (scores.rows != std::ssize(so_far) || scores.rows % width != 0)
    throw std::logic_error("search: unusable scores");
  const std::int64_t vocabulary = scores.vocabulary;
  const float* data = scores.values;
  std::vector<std::vector<Candidate>> result(static_cast<std::size_t>(scores.rows / width));
  parallel_for(0, std::ssize(result), 2, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t sentence = begin; sentence < end; ++sentence) {
      Best best(count);
      for (std::int64_t row = 0; row < width; ++row) {
        const std::int64_t at = sentence * width + row;
        best.scan(data + at * vocabulary, vocabulary, so_far[static_cast<std::size_t>(at)], row);
      }
      result[static_cast<std::size_t>(sentence)] = best.take();
    }
  });
  return result;
}

std::int64_t place_of_largest(const float* values, std::int64_t size) {
  std::int64_t best = 0;
  std::int64_t i = 0;
  for (; i + kBlock <= size; i += kBlock) {
    if (!(largest_of_block(values + i) > values[best])) continue;
    best = std::max_element(values + i, values + i + kBlock) - values;
  }
  for (; i < size; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace regard
