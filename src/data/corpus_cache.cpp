#include "data/corpus_cache.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "regard/core/files.h"
#include "regard/core/strings.h"

namespace regard {
namespace {

/// True for "<name>-<16 hex digits>.tokens.index" and the like.
bool is_cache_file(std::string_view file, std::string_view name) {
  constexpr std::size_t kDigits = 16;
  const std::size_t length = name.size() + 1 + kDigits;
  if (!file.starts_with(name) || file.size() <= length || file[name.size()] != '-') return false;
  const std::string_view digits = file.substr(name.size() + 1, kDigits);
  const std::string_view ending = file.substr(length);
  return digits.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         (ending == ".tokens.index" || ending == ".tokens.records" || ending == ".text.index" ||
          ending == ".text.records" || ending == ".links.index" || ending == ".links.records");
}

}  // namespace

std::optional<CorpusCache> corpus_cache(const CorpusLoading& loading, std::uint64_t key,
                                        bool has_notes) {
  if (loading.cache_folder.empty()) return std::nullopt;
  const auto stem = (loading.cache_folder / str(loading.cache_name, "-", to_hex(key))).string();
  CorpusCache cache{{stem + ".tokens", key}, std::nullopt, std::nullopt};
  if (loading.keep_text) cache.text = PairStoreFile{stem + ".text", key};
  if (has_notes) cache.notes = PairStoreFile{stem + ".links", key};
  return cache;
}

std::optional<CorpusStores> open_cache(const CorpusCache& cache) {
  CorpusStores stores;
  stores.tokens = PairStore::open(cache.tokens, sizeof(std::int32_t));
  if (stores.tokens == nullptr) return std::nullopt;
  const auto fits = [&](const std::shared_ptr<const PairStore>& other) {
    return other != nullptr && other->lengths().size() == stores.tokens->lengths().size();
  };
  if (cache.text) {
    stores.text = PairStore::open(*cache.text, sizeof(char));
    if (!fits(stores.text)) return std::nullopt;
  }
  if (cache.notes) {
    stores.notes = PairStore::open(*cache.notes, sizeof(std::int32_t));
    if (!fits(stores.notes)) return std::nullopt;
  }
  return stores;
}

void remove_other_caches(const CorpusLoading& loading, std::uint64_t key) {
  const std::string current = str(loading.cache_name, "-", to_hex(key));
  std::vector<std::filesystem::path> others;
  for (const auto& entry : std::filesystem::directory_iterator(loading.cache_folder)) {
    const std::string file = entry.path().filename().string();
    if (is_cache_file(file, loading.cache_name) && !file.starts_with(current)) {
      others.push_back(entry.path());
    }
  }
  for (const auto& path : others) {
    std::error_code ignored;  // an old cache costs space, no more
    std::filesystem::remove(path, ignored);
  }
}

}  // namespace regard
