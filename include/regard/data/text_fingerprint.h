#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace regard {

/// Tells one text from another by its lines, whatever its file is called and however it is packed.
/// Not made to withstand an attacker.
class TextFingerprint {
 public:
  /// `number` counts from 1; lines that a reader leaves out show in the numbers of the others.
  void add(std::int64_t number, std::string_view line);
  std::uint64_t value() const { return hash_; }

 private:
  void mix(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15ULL;
    hash_ ^= hash_ >> 32;
  }

  std::uint64_t hash_ = 0x2545f4914f6cdd1dULL;
};

/// The text of a corpus.
struct CorpusFingerprint {
  std::uint64_t source = 0;
  std::uint64_t target = 0;
  std::int64_t pairs = 0;
  std::uint64_t links = 0;  ///< of its word links; 0 = it has none
  friend bool operator==(const CorpusFingerprint&, const CorpusFingerprint&) = default;
};

/// The texts of a run. Both lists are empty where they are not known (runs of older versions).
struct RunTexts {
  std::vector<CorpusFingerprint> training;    ///< in the order of data.train
  std::vector<CorpusFingerprint> validation;  ///< in the order of data.valid
  friend bool operator==(const RunTexts&, const RunTexts&) = default;
};

}  // namespace regard
