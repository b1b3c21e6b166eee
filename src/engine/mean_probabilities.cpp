#include "mean_probabilities.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "regard/engine/fast_exp.h"
#include "regard/engine/fast_log.h"
#include "regard/engine/parallel.h"
#include "regard/engine/vector_clones.h"

namespace regard {
namespace {

constexpr std::int64_t kSlice = 256;  // values whose sums stay in the cache
constexpr std::int64_t kSlicesOfAThread = 16;

/// The largest member of each of `count` values.
REGARD_VECTOR_CLONES
void raise_to(const float* values, std::int64_t count, float* tops) {
  for (std::int64_t i = 0; i < count; ++i)
    tops[i] = values[i] > tops[i] ? values[i] : tops[i];
}

REGARD_VECTOR_CLONES
void add_exponentials(const float* values, const float* tops, std::int64_t count, float* sums) {
  for (std::int64_t i = 0; i < count; ++i)
    sums[i] += exp_of_negative(values[i] - tops[i]);
}

/// Sums are from 1 to the number of members. What no member finds possible stays impossible, and
/// what is not finite so.
REGARD_VECTOR_CLONES
void finish(const float* tops, const float* sums, std::int64_t count, float log_members,
            float* mean) {
  for (std::int64_t i = 0; i < count; ++i) {
    const bool is_finite = tops[i] - tops[i] == 0.0F;
    mean[i] = is_finite ? tops[i] + (log_of_positive(sums[i]) - log_members) : tops[i];
  }
}

}  // namespace

void write_mean(const std::vector<ScoreRows>& members, float* mean) {
  const ScoreRows& first = members.front();
  for (const ScoreRows& member : members) {
    if (member.rows != first.rows || member.vocabulary != first.vocabulary)
      throw std::logic_error("ensemble: members with different vocabularies");
  }
  const std::int64_t total = first.rows * first.vocabulary;
  const auto log_members = static_cast<float>(std::log(static_cast<double>(members.size())));
  const auto write_slice = [&](std::int64_t begin, std::int64_t count) {
    float tops[kSlice];
    float sums[kSlice] = {};
    std::copy_n(first.values + begin, count, tops);
    for (const ScoreRows& member : members)
      raise_to(member.values + begin, count, tops);
    for (const ScoreRows& member : members)
      add_exponentials(member.values + begin, tops, count, sums);
    finish(tops, sums, count, log_members, mean + begin);
  };
  const std::int64_t slices = (total + kSlice - 1) / kSlice;
  parallel_for(0, slices, kSlicesOfAThread, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t slice = begin; slice < end; ++slice)
      write_slice(slice * kSlice, std::min(kSlice, total - slice * kSlice));
  });
}

}  // namespace regard
