#include "data/pair_format.h"

#include <algorithm>
#include <optional>

#include "regard/core/error.h"
#include "regard/core/strings.h"
#include "regard/data/example_line.h"
#include "regard/metrics/alignment_error.h"
#include "regard/text/line_reader.h"
#include "regard/text/words.h"

namespace regard {
namespace {

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

/// Longer side by shorter side, end marks counted.
double length_ratio(std::size_t source, std::size_t target) {
  return static_cast<double>(std::max(source, target) + 1) /
         static_cast<double>(std::min(source, target) + 1);
}

/// The files of a corpus, side by side.
class PairReader final : public ExampleReader {
 public:
  PairReader(const CorpusFiles& files, const CorpusLoading& loading)
      : invalid_utf8_(loading.invalid_utf8),
        source_(files.source, example_reading(loading.max_length)),
        target_(files.target, example_reading(loading.max_length)) {
    if (!files.alignments.empty()) links_.emplace(files.alignments, LineReaderOptions{});
  }

  bool next(Example& pair) override;

 private:
  void read_links(Example& pair);

  InvalidUtf8 invalid_utf8_;
  LineReader source_;
  LineReader target_;
  std::optional<LineReader> links_;
  std::int64_t pairs_ = 0;  // read
};

bool PairReader::next(Example& pair) {
  Line source_line;
  Line target_line;
  const bool has_source = source_.next(source_line);
  const bool has_target = target_.next(target_line);
  if (has_source != has_target) {
    LineReader& longer = has_source ? source_ : target_;
    const LineReader& shorter = has_source ? target_ : source_;
    const std::int64_t rest = 1 + count_rest(longer);
    fail_unequal({longer.name(), pairs_ + rest}, {shorter.name(), pairs_});
  }
  if (!has_source) {
    const std::int64_t rest = links_ ? count_rest(*links_) : 0;
    if (rest > 0) fail_unequal({links_->name(), pairs_ + rest}, {source_.name(), pairs_});
    return false;
  }
  ++pairs_;
  check_example_line(source_line, source_.name(), invalid_utf8_, pair);
  check_example_line(target_line, target_.name(), invalid_utf8_, pair);
  pair.texts = {std::move(source_line.text), std::move(target_line.text)};
  if (links_) read_links(pair);
  return true;
}

void PairReader::read_links(Example& pair) {
  Line line;
  if (!links_->next(line)) {
    throw UserError(SourceSpot{links_->name(), pairs_},
                    str("there are no links for line ", pairs_, " of ", source_.name()),
                    "give one line per pair; it may be blank");
  }
  const SourceSpot spot{links_->name(), line.number};
  const Links links = parse_links(line.text, spot);
  for (const auto& [source, target] : links) {
    pair.links.first.push_back(static_cast<std::int32_t>(source));
    pair.links.second.push_back(static_cast<std::int32_t>(target));
  }
  if (pair.verdict != Verdict::kept) return;  // such a line may be cut
  check_links(links, {count_words(pair.texts[0]), count_words(pair.texts[1])}, spot);
}

}  // namespace

std::unique_ptr<ExampleReader> PairFormat::read(const CorpusFiles& files) const {
  return std::make_unique<PairReader>(files, loading_);
}

std::vector<std::uint64_t> PairFormat::fingerprints() const {
  return {source_.fingerprint(), target_.fingerprint()};
}

bool PairFormat::has_notes(const std::vector<CorpusFiles>& files) const {
  return std::any_of(files.begin(), files.end(),
                     [](const CorpusFiles& corpus) { return !corpus.alignments.empty(); });
}

std::pair<std::int32_t, std::int32_t> PairFormat::unknown_ids() const {
  return {source_.special_ids().unknown, target_.special_ids().unknown};
}

std::function<void(Example&)> PairFormat::encoder(const CorpusFiles& files) const {
  const std::size_t tag_length = files.tag.empty() ? 0 : source_.encode(files.tag).size();
  return [this, tag = files.tag, tag_length](Example& pair) { encode(pair, tag, tag_length); };
}

void PairFormat::encode(Example& pair, const std::string& tag, std::size_t tag_length) const {
  if (!tag.empty()) pair.texts[0] = str(tag, " ", pair.texts[0]);
  pair.source = source_.encode(pair.texts[0]);
  pair.target = target_.encode(pair.texts[1]);
  const auto limit = static_cast<std::size_t>(loading_.max_length);
  if (pair.source.size() <= tag_length || pair.target.empty()) {
    pair.verdict = Verdict::blank;
  } else if (limit > 0 && std::max(pair.source.size(), pair.target.size()) > limit) {
    pair.verdict = Verdict::too_long;
  } else if (loading_.max_ratio > 0 &&
             length_ratio(pair.source.size(), pair.target.size()) > loading_.max_ratio) {
    pair.verdict = Verdict::uneven;
  }
  if (pair.verdict != Verdict::kept || pair.links.first.empty()) return;
  LinkLists links = links_of(pair, tag);
  pair.notes = {std::move(links.source), std::move(links.target)};
}

/// Of subwords; where the text is kept, others will be drawn from it, and the links stay those of
/// words. These count the tag.
LinkLists PairFormat::links_of(const Example& pair, const std::string& tag) const {
  const std::int64_t tag_words = count_words(tag);
  LinkLists words;
  for (std::size_t i = 0; i < pair.links.first.size(); ++i)
    words.add(pair.links.first[i] + tag_words, pair.links.second[i]);
  if (loading_.keep_text) return words;
  return spread_links(words.view(), words_of_text(source_, pair.texts[0]),
                      words_of_text(target_, pair.texts[1]));
}

}  // namespace regard
