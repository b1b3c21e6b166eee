#include "data/corpus_builder.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/threads.h"

namespace regard {
namespace {

constexpr std::size_t kChunkExamples = 8192;
constexpr int kMaxThreads = 8;

std::size_t thread_count(int asked) {
  return static_cast<std::size_t>(asked > 0 ? asked
                                            : std::min(choose_threads(0).count, kMaxThreads));
}

std::int64_t count_of(const std::vector<std::int32_t>& ids, std::int32_t id) {
  return id < 0 ? 0 : std::count(ids.begin(), ids.end(), id);
}

/// The text at a place, empty where the example has fewer.
std::span<const std::byte> bytes_of_text(const Example& example, std::size_t i) {
  if (i >= example.texts.size()) return {};
  return std::as_bytes(std::span(example.texts[i]));
}

}  // namespace

CorpusBuilder::CorpusBuilder(const ExampleFormat& format, const CorpusLoading& loading)
    : format_(format), loading_(loading), threads_(thread_count(loading.threads)) {}

CorpusCounts CorpusBuilder::add(const CorpusFiles& files, const PairStoreWriters& writers) {
  counts_ = {};
  const std::unique_ptr<ExampleReader> reader = format_.read(files);
  std::vector<Example> chunk;
  bool has_more = true;
  while (has_more) {
    chunk.clear();
    while (has_more && chunk.size() < kChunkExamples) {
      Example example;
      has_more = reader->next(example);
      if (!has_more) continue;
      ++counts_.pairs_read;
      chunk.push_back(std::move(example));
    }
    encode_chunk(chunk, files);
    store(chunk, writers);
    report_progress();
  }
  pairs_before_ += counts_.pairs_read;
  return counts_;
}

/// Each thread takes a contiguous part; the order stays that of the files.
void CorpusBuilder::encode_chunk(std::vector<Example>& chunk, const CorpusFiles& files) const {
  const std::function<void(Example&)> encode = format_.encoder(files);
  const auto encode_part = [&](std::size_t part) {
    const std::size_t begin = chunk.size() * part / threads_;
    const std::size_t end = chunk.size() * (part + 1) / threads_;
    for (std::size_t i = begin; i < end; ++i) {
      if (chunk[i].verdict == Verdict::kept) encode(chunk[i]);
    }
  };
  std::vector<std::future<void>> others;
  for (std::size_t part = 1; part < threads_; ++part) {
    others.push_back(std::async(std::launch::async, encode_part, part));
  }
  encode_part(0);
  for (std::future<void>& other : others)
    other.get();
}

void CorpusBuilder::store(const std::vector<Example>& chunk, const PairStoreWriters& writers) {
  for (const Example& example : chunk) {
    counts_.kept += example.verdict == Verdict::kept;
    counts_.blank += example.verdict == Verdict::blank;
    counts_.too_long += example.verdict == Verdict::too_long;
    counts_.uneven += example.verdict == Verdict::uneven;
    counts_.invalid_utf8 += example.verdict == Verdict::invalid_utf8;
    if (example.verdict != Verdict::kept) continue;
    count_tokens(example);
    writers.tokens.append(std::as_bytes(std::span(example.source)),
                          std::as_bytes(std::span(example.target)));
    if (writers.text != nullptr)
      writers.text->append(bytes_of_text(example, 0), bytes_of_text(example, 1));
    if (writers.notes != nullptr) {
      writers.notes->append(std::as_bytes(std::span(example.notes.first)),
                            std::as_bytes(std::span(example.notes.second)));
    }
  }
}

void CorpusBuilder::count_tokens(const Example& example) {
  const auto [unknown_source, unknown_target] = format_.unknown_ids();
  counts_.source_tokens += static_cast<std::int64_t>(example.source.size());
  counts_.target_tokens += static_cast<std::int64_t>(example.target.size());
  counts_.source_unknown += count_of(example.source, unknown_source);
  counts_.target_unknown += count_of(example.target, unknown_target);
}

void CorpusBuilder::report_progress() {
  if (loading_.stop != nullptr && loading_.stop->is_requested()) {
    throw RunError("reading the corpus was interrupted");
  }
  if (loading_.on_progress) loading_.on_progress(pairs_before_ + counts_.pairs_read);
}

}  // namespace regard
