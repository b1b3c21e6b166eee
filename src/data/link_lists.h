#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regard/tensor/batch.h"

namespace regard {

/// Links that own their numbers.
struct LinkLists {
  std::vector<std::int32_t> source;
  std::vector<std::int32_t> target;

  void add(std::int64_t from, std::int64_t to) {
    source.push_back(static_cast<std::int32_t>(from));
    target.push_back(static_cast<std::int32_t>(to));
  }
  PairLinks view() const { return {source, target}; }
};

/// Links of words become links of all their subwords; `source_words` and `target_words` hold the
/// word of each subword.
LinkLists spread_links(const PairLinks& words, std::span<const std::int64_t> source_words,
                       std::span<const std::int64_t> target_words);

}  // namespace regard
