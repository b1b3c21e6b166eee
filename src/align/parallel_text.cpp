#include "regard/align/parallel_text.h"

#include <string>

#include "regard/core/error.h"
#include "regard/core/files.h"
#include "regard/core/strings.h"
#include "regard/text/words.h"

namespace regard {
namespace {

/// Lines from here to the end.
std::int64_t count_rest(LineReader& reader) {
  std::int64_t count = 0;
  for (Line line; reader.next(line);)
    ++count;
  return count;
}

std::string lines_text(std::int64_t count) {
  return str(with_thousands(count), count == 1 ? " line" : " lines");
}

void require_same_count(const LineReader& source, std::int64_t num_source, const LineReader& target,
                        std::int64_t num_target) {
  if (num_source == num_target) return;
  throw UserError(
      SourceSpot{source.name()},
      str(lines_text(num_source), ", but ", target.name(), " has ", with_thousands(num_target)),
      "give the two sides of one text, line by line");
}

}  // namespace

void ParallelSide::add_line(std::string_view line, std::int64_t max_words) {
  const std::vector<ByteRange> words = word_ranges(line);
  if (static_cast<std::int64_t>(words.size()) > max_words) {
    ++num_long_lines_;
  } else {
    for (const ByteRange& word : words)
      numbers_.push_back(words_.add(line.substr(word.begin, word.end - word.begin)));
  }
  ends_.push_back(numbers_.size());
}

ParallelText read_parallel_text(LineReader& source, LineReader& target,
                                const ParallelTextOptions& options) {
  ParallelText text(options.form);
  std::uint64_t sum = fingerprint("parallel text");
  Line from;
  Line to;
  const auto is_stopped = [&] { return options.stop != nullptr && options.stop->is_requested(); };
  for (;;) {
    const bool has_source = source.next(from);
    const bool has_target = target.next(to);
    if (is_stopped()) return text;  // also when a reader gave up waiting: nothing is compared then
    if (has_source != has_target) {
      const std::int64_t both = text.num_pairs();
      const std::int64_t num_source = both + (has_source ? 1 + count_rest(source) : 0);
      const std::int64_t num_target = both + (has_target ? 1 + count_rest(target) : 0);
      if (is_stopped()) return text;
      require_same_count(source, num_source, target, num_target);
    }
    if (!has_source) break;
    text.source.add_line(from.text, options.max_words);
    text.target.add_line(to.text, options.max_words);
    sum = fingerprint(to.text, fingerprint("\t", fingerprint(from.text, fingerprint("\n", sum))));
  }
  if (text.num_pairs() == 0)
    throw UserError(SourceSpot{source.name()}, "there is no line to align", "give some text");
  text.fingerprint = sum;
  return text;
}

}  // namespace regard
