#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include "regard/core/random.h"

// What the benchmarks of all layers share.
namespace regard::benchmarks {

/// How every benchmark measures: rates are of the clock's time, and CPU time is that of all
/// threads.
inline void usual(benchmark::internal::Benchmark* settings) {
  settings->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}

/// Reports so much work in each iteration as "unit=.../s".
inline void report_rate(benchmark::State& state, const std::string& unit, std::int64_t work) {
  state.counters[unit] =
      benchmark::Counter(static_cast<double>(work), benchmark::Counter::kIsIterationInvariantRate);
}

/// A word that looks like one, another for each number.
inline std::string word(std::uint64_t number) {
  static constexpr std::array<std::string_view, 16> kSyllables = {
      "ha", "lo",  "mi",   "ter", "schu", "an", "ge", "bre",
      "e",  "con", "tion", "i",   "ü",    "da", "s",  "re"};
  std::string text;
  for (; text.empty() || number > 0; number /= kSyllables.size())
    text += kSyllables[number % kSyllables.size()];
  return text;
}

/// One of 4,000 words, the first ones much more often than the last.
inline std::string random_word(RandomStream& random) {
  return word(random.below(1 + random.below(4000)));
}

}  // namespace regard::benchmarks
