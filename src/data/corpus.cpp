#include "regard/data/corpus.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "regard/core/clock.h"
#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"

#include "data/corpus_builder.h"
#include "data/corpus_cache.h"
#include "data/corpus_counts.h"
#include "data/corpus_key.h"
#include "data/pair_format.h"
#include "data/pair_store.h"

namespace regard {
namespace {

static_assert(std::is_trivially_copyable_v<CorpusCounts>, "counts are kept in the cache as bytes");

void require_files(const std::vector<CorpusFiles>& files) {
  std::vector<Problem> problems;
  for (const CorpusFiles& corpus : files) {
    std::vector<std::filesystem::path> paths = {corpus.source};
    for (const auto& path : {corpus.target, corpus.alignments}) {
      if (!path.empty()) paths.push_back(path);
    }
    for (const auto& path : paths) {
      try {
        require_regular_file(path);
      } catch (const UserError& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
      }
    }
  }
  if (!problems.empty()) throw UserError(std::move(problems));
}

std::string to_note(const std::vector<CorpusCounts>& counts) {
  return {reinterpret_cast<const char*>(counts.data()), counts.size() * sizeof(CorpusCounts)};
}

std::vector<CorpusCounts> from_note(std::string_view note) {
  std::vector<CorpusCounts> counts(note.size() / sizeof(CorpusCounts));
  std::memcpy(counts.data(), note.data(), counts.size() * sizeof(CorpusCounts));
  return counts;
}

void require_some(const CorpusCounts& counts, const CorpusFiles& files) {
  if (counts.kept > 0) return;
  const SourceSpot spot{files.source.string()};
  if (counts.pairs_read == 0) throw UserError(spot, "the corpus is empty");
  throw UserError(
      spot,
      str("no ", files.target.empty() ? "example" : "pair", " of the corpus can be used: of ",
          with_thousands(counts.pairs_read), " are ", dropped_reasons(counts)),
      "check the files, or change data.max_length and data.max_ratio");
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw RunError(SourceSpot{folder.string()}, str("cannot be created: ", error.message()));
  }
  remove_leftovers(folder);
}

/// What is kept of each example besides its subwords.
struct Kept {
  bool text = false;
  bool notes = false;
};

/// Reads the files into new stores, on disk when `cache` says where.
CorpusStores build_stores(const std::vector<CorpusFiles>& files, CorpusBuilder& builder,
                          const std::optional<CorpusCache>& cache, const Kept& kept) {
  PairStoreWriter tokens(cache ? std::optional(cache->tokens) : std::nullopt, sizeof(std::int32_t));
  std::optional<PairStoreWriter> text;
  if (kept.text) text.emplace(cache ? cache->text : std::nullopt, sizeof(char));
  std::optional<PairStoreWriter> notes;
  if (kept.notes) notes.emplace(cache ? cache->notes : std::nullopt, sizeof(std::int32_t));
  const PairStoreWriters writers{tokens, text ? &*text : nullptr, notes ? &*notes : nullptr};
  std::vector<CorpusCounts> counts;
  for (const CorpusFiles& corpus : files) {
    counts.push_back(builder.add(corpus, writers));
    require_some(counts.back(), corpus);
  }
  CorpusStores stores;
  if (text) stores.text = text->finish("");
  if (notes) stores.notes = notes->finish("");
  stores.tokens = tokens.finish(to_note(counts));
  return stores;
}

std::span<const std::int32_t> as_tokens(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const std::int32_t*>(bytes.data()), bytes.size() / sizeof(std::int32_t)};
}

const PairStore& require_text(const CorpusStores& stores) {
  if (stores.text == nullptr) throw std::logic_error("the corpus was loaded without its text");
  return *stores.text;
}

}  // namespace

struct Corpus::Impl {
  CorpusStores stores;
  std::vector<WeightedRange> ranges;
  CorpusReport report;
};

Corpus Corpus::load(const std::vector<CorpusFiles>& files, const Tokenizer& source,
                    const Tokenizer& target, const CorpusLoading& loading) {
  return load(files, PairFormat(source, target, loading), loading);
}

Corpus Corpus::load(const std::vector<CorpusFiles>& files, const ExampleFormat& format,
                    const CorpusLoading& loading) {
  const Stopwatch stopwatch;
  std::vector<CorpusFiles> used;
  std::copy_if(files.begin(), files.end(), std::back_inserter(used),
               [](const CorpusFiles& corpus) { return corpus.weight > 0; });
  if (used.empty()) throw std::invalid_argument("no corpus to load");
  require_files(used);
  const bool has_notes = format.has_notes(used);
  const std::uint64_t key = corpus_key(used, format, loading);
  const std::optional<CorpusCache> cache = corpus_cache(loading, key, has_notes);
  std::optional<CorpusStores> stores = cache ? open_cache(*cache) : std::nullopt;
  auto impl = std::make_shared<Impl>();
  impl->report.is_from_cache = stores.has_value();
  if (!stores) {
    if (cache) make_folder(loading.cache_folder);
    CorpusBuilder builder(format, loading);
    stores = build_stores(used, builder, cache, {loading.keep_text, has_notes});
    if (cache) remove_other_caches(loading, key);
  }
  impl->stores = std::move(*stores);
  impl->report.corpora = from_note(impl->stores.tokens->note());
  for (std::size_t i = 0; i < used.size(); ++i) {
    const std::int64_t begin = impl->report.total.kept;
    impl->report.total += impl->report.corpora.at(i);
    impl->ranges.push_back({begin, impl->report.total.kept, used[i].weight});
  }
  impl->report.seconds = stopwatch.seconds();
  return Corpus(std::move(impl));
}

std::int64_t Corpus::size() const {
  return static_cast<std::int64_t>(lengths().size());
}
std::span<const std::int32_t> Corpus::source(std::int64_t pair) const {
  return as_tokens(impl_->stores.tokens->record(pair).first);
}
std::span<const std::int32_t> Corpus::target(std::int64_t pair) const {
  return as_tokens(impl_->stores.tokens->record(pair).second);
}
std::string_view Corpus::source_text(std::int64_t pair) const {
  return as_text(require_text(impl_->stores).record(pair).first);
}
std::string_view Corpus::target_text(std::int64_t pair) const {
  return as_text(require_text(impl_->stores).record(pair).second);
}
bool Corpus::has_text() const {
  return impl_->stores.text != nullptr;
}
PairLinks Corpus::links(std::int64_t pair) const {
  if (!has_links()) return {};
  const PairStore::Record record = impl_->stores.notes->record(pair);
  return {as_tokens(record.first), as_tokens(record.second)};
}
bool Corpus::has_links() const {
  return impl_->stores.notes != nullptr;
}
std::span<const PairLengths> Corpus::lengths() const {
  return impl_->stores.tokens->lengths();
}
const std::vector<WeightedRange>& Corpus::ranges() const {
  return impl_->ranges;
}
const CorpusReport& Corpus::report() const {
  return impl_->report;
}

std::int64_t Corpus::corpus_of(std::int64_t pair) const {
  const auto after = std::find_if(ranges().begin(), ranges().end(),
                                  [pair](const WeightedRange& range) { return pair < range.end; });
  if (pair < 0 || after == ranges().end()) throw std::out_of_range("no such pair in the corpus");
  return after - ranges().begin();
}

std::vector<CorpusFiles> training_files(const DataOptions& options) {
  std::vector<CorpusFiles> files;
  for (const TrainCorpusOptions& corpus : options.train) {
    files.push_back({corpus.file.empty() ? corpus.source : corpus.file, corpus.target,
                     corpus.weight, corpus.tag, corpus.alignments});
  }
  return files;
}

CorpusLoading training_loading(const DataOptions& options) {
  CorpusLoading loading;
  loading.max_length = options.max_length;
  loading.max_ratio = options.max_ratio;
  loading.invalid_utf8 = options.invalid_utf8;
  return loading;
}

}  // namespace regard
