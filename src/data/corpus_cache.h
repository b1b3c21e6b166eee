#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "regard/data/corpus.h"

#include "data/pair_store.h"

namespace regard {

/// Where a corpus is cached.
struct CorpusCache {
  PairStoreFile tokens;
  std::optional<PairStoreFile> text;
  std::optional<PairStoreFile> notes;
};

struct CorpusStores {
  std::shared_ptr<const PairStore> tokens;
  std::shared_ptr<const PairStore> text;   ///< null when the lines are not kept
  std::shared_ptr<const PairStore> notes;  ///< null when no example has notes
};

/// Empty when the loading names no cache folder.
std::optional<CorpusCache> corpus_cache(const CorpusLoading& loading, std::uint64_t key,
                                        bool has_notes);

/// All stores of a cache, or nothing when one of them is missing or damaged.
std::optional<CorpusStores> open_cache(const CorpusCache& cache);

/// Removes the caches of the same name with another key: what earlier settings left.
void remove_other_caches(const CorpusLoading& loading, std::uint64_t key);

}  // namespace regard
