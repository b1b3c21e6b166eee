#include "data/link_lists.h"

namespace regard {

LinkLists spread_links(const PairLinks& words, std::span<const std::int64_t> source_words,
                       std::span<const std::int64_t> target_words) {
  LinkLists lists;
  for (std::size_t i = 0; i < words.source.size(); ++i) {
    for (std::size_t t = 0; t < target_words.size(); ++t) {
      if (target_words[t] != words.target[i]) continue;
      for (std::size_t s = 0; s < source_words.size(); ++s) {
        if (source_words[s] == words.source[i])
          lists.add(static_cast<std::int64_t>(s), static_cast<std::int64_t>(t));
      }
    }
  }
  return lists;
}

}  // namespace regard
