#include "data/corpus_builder.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/core/threads.h"
#include "regard/core/utf8.h"
#include "regard/text/words.h"

namespace regard {
namespace {

constexpr std::size_t kChunkPairs = 8192;
constexpr int kMaxThreads = 8;

std::size_t thread_count(int asked) {
  return static_cast<std::size_t>(asked > 0 ? asked
                                            : std::min(choose_threads(0).count, kMaxThreads));
}

/// Lines are cut where they have too many subwords for certain (SentencePiece learns pieces of 16
/// characters at most), so that no time is lost on encoding them.
LineReaderOptions reading_options(const CorpusLoading& loading) {
  constexpr std::int64_t kLongestPiece = 64;
  constexpr std::int64_t kMost = std::int64_t{1} << 20;
  LineReaderOptions options;
  options.invalid_utf8 = InvalidUtf8::keep;  // a line left out on one side would shift the other
  const std::int64_t wanted = loading.max_length * kLongestPiece;
  options.max_line_bytes = static_cast<std::size_t>(
      loading.max_length == 0 ? kMost : std::clamp<std::int64_t>(wanted, 4096, kMost));
  return options;
}

struct LineCount {
  std::string name;
  std::int64_t lines = 0;
};

[[noreturn]] void fail_unequal(const LineCount& longer, const LineCount& shorter) {
  const std::int64_t more = longer.lines - shorter.lines;
  throw UserError(SourceSpot{longer.name, shorter.lines + 1},
                  str(more, more == 1 ? " line" : " lines", " more than ", shorter.name, " (",
                      longer.lines, " against ", shorter.lines, ")"),
                  "re-align the pair");
}

std::int64_t count_rest(LineReader& reader) {
  Line line;
  std::int64_t count = 0;
  while (reader.next(line))
    ++count;
  return count;
}

std::int64_t count_of(const std::vector<std::int32_t>& ids, std::int32_t id) {
  return id < 0 ? 0 : std::count(ids.begin(), ids.end(), id);
}

/// Longer side by shorter side, end marks counted.
double length_ratio(std::size_t source, std::size_t target) {
  return static_cast<double>(std::max(source, target) + 1) /
         static_cast<double>(std::min(source, target) + 1);
}

}  // namespace

CorpusBuilder::CorpusBuilder(const Tokenizer& source, const Tokenizer& target,
                             const CorpusLoading& loading)
    : source_(source),
      target_(target),
      loading_(loading),
      threads_(thread_count(loading.threads)) {}

CorpusCounts CorpusBuilder::add(const CorpusFiles& files, const PairStoreWriters& writers) {
  counts_ = {};
  const LineReaderOptions options = reading_options(loading_);
  Readers readers{LineReader(files.source, options), LineReader(files.target, options),
                  std::nullopt};
  if (!files.alignments.empty()) readers.links.emplace(files.alignments, LineReaderOptions{});
  std::vector<Pair> chunk;
  bool has_more = true;
  while (has_more) {
    chunk.clear();
    while (has_more && chunk.size() < kChunkPairs) {
      Pair pair;
      has_more = read_pair(readers, pair);
      if (has_more) chunk.push_back(std::move(pair));
    }
    encode_chunk(chunk, files.tag);
    store(chunk, writers);
    report_progress();
  }
  pairs_before_ += counts_.pairs_read;
  return counts_;
}

bool CorpusBuilder::read_pair(Readers& readers, Pair& pair) {
  LineReader& source = readers.source;
  LineReader& target = readers.target;
  Line source_line;
  Line target_line;
  const bool has_source = source.next(source_line);
  const bool has_target = target.next(target_line);
  if (has_source != has_target) {
    LineReader& longer = has_source ? source : target;
    const LineReader& shorter = has_source ? target : source;
    const std::int64_t rest = 1 + count_rest(longer);
    fail_unequal({longer.name(), counts_.pairs_read + rest}, {shorter.name(), counts_.pairs_read});
  }
  if (!has_source) {
    const std::int64_t rest = readers.links ? count_rest(*readers.links) : 0;
    if (rest > 0)
      fail_unequal({readers.links->name(), counts_.pairs_read + rest},
                   {source.name(), counts_.pairs_read});
    return false;
  }
  ++counts_.pairs_read;
  check_line(source_line, source.name(), pair);
  check_line(target_line, target.name(), pair);
  pair.source_line = std::move(source_line.text);
  pair.target_line = std::move(target_line.text);
  if (readers.links) read_links(*readers.links, source, pair);
  return true;
}

void CorpusBuilder::read_links(LineReader& links, const LineReader& source, Pair& pair) const {
  Line line;
  if (!links.next(line)) {
    throw UserError(SourceSpot{links.name(), counts_.pairs_read},
                    str("there are no links for line ", counts_.pairs_read, " of ", source.name()),
                    "give one line per pair; it may be blank");
  }
  const SourceSpot spot{links.name(), line.number};
  pair.links = parse_links(line.text, spot);
  if (pair.verdict != Verdict::kept) return;  // such a line may be cut
  check_links(pair.links, {count_words(pair.source_line), count_words(pair.target_line)}, spot);
}

void CorpusBuilder::check_line(Line& line, const std::string& name, Pair& pair) const {
  if (line.invalid_byte != Line::kValid) {
    if (loading_.invalid_utf8 == InvalidUtf8::error) {
      throw UserError(SourceSpot{name, line.number},
                      str("byte ", line.invalid_byte + 1, ": invalid UTF-8"),
                      "convert the file to UTF-8, or set data.invalid_utf8: replace or skip");
    }
    if (loading_.invalid_utf8 == InvalidUtf8::skip) pair.verdict = Verdict::invalid_utf8;
    if (loading_.invalid_utf8 == InvalidUtf8::replace) line.text = replace_invalid_utf8(line.text);
  }
  // What cannot be encoded in bounded time is not a sentence, whatever data.max_length allows.
  const bool is_too_long = line.was_cut || cut_for_encoding(line.text).size() < line.text.size();
  if (is_too_long && pair.verdict == Verdict::kept) pair.verdict = Verdict::too_long;
}

/// Each thread takes a contiguous part; the order stays that of the files.
void CorpusBuilder::encode_chunk(std::vector<Pair>& chunk, const std::string& tag) const {
  const std::size_t tag_length = tag.empty() ? 0 : source_.encode(tag).size();
  const auto encode_part = [&](std::size_t part) {
    const std::size_t begin = chunk.size() * part / threads_;
    const std::size_t end = chunk.size() * (part + 1) / threads_;
    for (std::size_t i = begin; i < end; ++i)
      encode(chunk[i], tag, tag_length);
  };
  std::vector<std::future<void>> others;
  for (std::size_t part = 1; part < threads_; ++part) {
    others.push_back(std::async(std::launch::async, encode_part, part));
  }
  encode_part(0);
  for (std::future<void>& other : others)
    other.get();
}

void CorpusBuilder::encode(Pair& pair, const std::string& tag, std::size_t tag_length) const {
  if (pair.verdict != Verdict::kept) return;
  if (!tag.empty()) pair.source_line = str(tag, " ", pair.source_line);
  pair.source = source_.encode(pair.source_line);
  pair.target = target_.encode(pair.target_line);
  const auto limit = static_cast<std::size_t>(loading_.max_length);
  if (pair.source.size() <= tag_length || pair.target.empty()) {
    pair.verdict = Verdict::blank;
  } else if (limit > 0 && std::max(pair.source.size(), pair.target.size()) > limit) {
    pair.verdict = Verdict::too_long;
  } else if (loading_.max_ratio > 0 &&
             length_ratio(pair.source.size(), pair.target.size()) > loading_.max_ratio) {
    pair.verdict = Verdict::uneven;
  }
  if (pair.verdict == Verdict::kept && !pair.links.empty())
    pair.subword_links = links_of(pair, tag);
}

/// Of subwords; where the text is kept, others will be drawn from it, and the links stay those of
/// words. These count the tag.
LinkLists CorpusBuilder::links_of(const Pair& pair, const std::string& tag) const {
  const std::int64_t tag_words = count_words(tag);
  LinkLists words;
  for (const auto& [source, target] : pair.links)
    words.add(source + tag_words, target);
  if (loading_.keep_text) return words;
  return spread_links(words.view(), words_of_text(source_, pair.source_line),
                      words_of_text(target_, pair.target_line));
}

void CorpusBuilder::store(const std::vector<Pair>& chunk, const PairStoreWriters& writers) {
  for (const Pair& pair : chunk) {
    counts_.kept += pair.verdict == Verdict::kept;
    counts_.blank += pair.verdict == Verdict::blank;
    counts_.too_long += pair.verdict == Verdict::too_long;
    counts_.uneven += pair.verdict == Verdict::uneven;
    counts_.invalid_utf8 += pair.verdict == Verdict::invalid_utf8;
    if (pair.verdict != Verdict::kept) continue;
    count_tokens(pair);
    writers.tokens.append(std::as_bytes(std::span(pair.source)),
                          std::as_bytes(std::span(pair.target)));
    if (writers.text != nullptr) {
      writers.text->append(std::as_bytes(std::span(pair.source_line)),
                           std::as_bytes(std::span(pair.target_line)));
    }
    if (writers.links != nullptr) {
      writers.links->append(std::as_bytes(std::span(pair.subword_links.source)),
                            std::as_bytes(std::span(pair.subword_links.target)));
    }
  }
}

void CorpusBuilder::count_tokens(const Pair& pair) {
  counts_.source_tokens += static_cast<std::int64_t>(pair.source.size());
  counts_.target_tokens += static_cast<std::int64_t>(pair.target.size());
  counts_.source_unknown += count_of(pair.source, source_.special_ids().unknown);
  counts_.target_unknown += count_of(pair.target, target_.special_ids().unknown);
}

void CorpusBuilder::report_progress() {
  if (loading_.stop != nullptr && loading_.stop->is_requested()) {
    throw RunError("reading the corpus was interrupted");
  }
  if (loading_.on_progress) loading_.on_progress(pairs_before_ + counts_.pairs_read);
}

}  // namespace regard
